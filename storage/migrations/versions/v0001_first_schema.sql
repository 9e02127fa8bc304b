CREATE TABLE account (
	id INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	provider_account_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	member_id TEXT DEFAULT '' NOT NULL, 
	public_identifier TEXT DEFAULT '' NOT NULL, 
	first_name TEXT DEFAULT '' NOT NULL, 
	status VARCHAR NOT NULL CONSTRAINT ck_account_status CHECK (status IN ('ok', 'connecting', 'disconnected', 'restricted', 'key', 'unknown')), 
	status_why TEXT DEFAULT '' NOT NULL, 
	status_ms INTEGER, 
	time_zone VARCHAR NOT NULL, 
	days VARCHAR NOT NULL, 
	start_minute INTEGER NOT NULL, 
	end_minute INTEGER NOT NULL, 
	invites_per_day INTEGER DEFAULT 15 NOT NULL, 
	invites_per_week INTEGER DEFAULT 80 NOT NULL, 
	messages_per_day INTEGER DEFAULT 25 NOT NULL, 
	profile_reads_per_day INTEGER DEFAULT 40 NOT NULL, 
	withdrawals_per_day INTEGER DEFAULT 15 NOT NULL, 
	gap_min_s INTEGER DEFAULT 180 NOT NULL, 
	gap_max_s INTEGER DEFAULT 480 NOT NULL, 
	has_warm_up INTEGER DEFAULT 1 NOT NULL CONSTRAINT ck_account_has_warm_up CHECK (has_warm_up IN (0, 1)), 
	warm_up_from_ms INTEGER, 
	is_paid INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_account_is_paid CHECK (is_paid IN (0, 1)), 
	not_before_ms INTEGER DEFAULT 0 NOT NULL, 
	relations_full_ms INTEGER, 
	relations_read_ms INTEGER, 
	relations_whole_ms INTEGER, 
	relations_cursor TEXT, 
	replies_read_ms INTEGER, 
	invitations_seen_ms INTEGER, 
	messages_seen_ms INTEGER, 
	created_ms INTEGER NOT NULL, 
	removed_ms INTEGER, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT uq_account_address_provider_account_id UNIQUE (address, provider_account_id)
)
--
CREATE TABLE activity (
	id INTEGER NOT NULL, 
	at_ms INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	words TEXT NOT NULL, 
	account_id INTEGER, 
	campaign_id INTEGER, 
	enrolment_id INTEGER, 
	lead_id INTEGER, 
	CONSTRAINT pk_activity PRIMARY KEY (id)
)
--
CREATE INDEX ix_activity_campaign_id ON activity (campaign_id) WHERE campaign_id IS NOT NULL
--
CREATE INDEX ix_activity_lead_id ON activity (lead_id) WHERE lead_id IS NOT NULL
--
CREATE TABLE do_not_contact (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL CONSTRAINT ck_do_not_contact_kind CHECK (kind IN ('person', 'company', 'domain')), 
	entry_key VARCHAR NOT NULL CONSTRAINT ck_do_not_contact_entry_key CHECK (entry_key <> ''), 
	shown TEXT NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	added_ms INTEGER NOT NULL, 
	CONSTRAINT pk_do_not_contact PRIMARY KEY (id), 
	CONSTRAINT uq_do_not_contact_kind_entry_key UNIQUE (kind, entry_key)
)
--
CREATE TABLE engine_state (
	id INTEGER NOT NULL CONSTRAINT ck_engine_state_one_row CHECK (id = 1), 
	db_uuid VARCHAR NOT NULL, 
	lineage VARCHAR NOT NULL, 
	machine_id VARCHAR NOT NULL, 
	boot_id VARCHAR NOT NULL, 
	send_seq INTEGER DEFAULT 0 NOT NULL, 
	pause_epoch INTEGER DEFAULT 0 NOT NULL, 
	is_paused INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_engine_state_is_paused CHECK (is_paused IN (0, 1)), 
	hold VARCHAR DEFAULT '' NOT NULL CONSTRAINT ck_engine_state_hold CHECK (hold IN ('', 'copy', 'gap', 'crashes', 'duplicate')), 
	hold_why TEXT DEFAULT '' NOT NULL, 
	hold_ms INTEGER, 
	rough_starts TEXT DEFAULT '[]' NOT NULL, 
	backup_ms INTEGER, 
	CONSTRAINT pk_engine_state PRIMARY KEY (id)
)
--
CREATE TABLE forgotten (
	identity_hash VARCHAR NOT NULL, 
	CONSTRAINT pk_forgotten PRIMARY KEY (identity_hash)
)
 WITHOUT ROWID
--
CREATE TABLE lead (
	id INTEGER NOT NULL, 
	identity_key VARCHAR NOT NULL, 
	provider_id VARCHAR, 
	public_identifier VARCHAR, 
	first_name TEXT DEFAULT '' NOT NULL, 
	last_name TEXT DEFAULT '' NOT NULL, 
	company TEXT DEFAULT '' NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	headline TEXT DEFAULT '' NOT NULL, 
	location TEXT DEFAULT '' NOT NULL, 
	industry TEXT DEFAULT '' NOT NULL, 
	email TEXT DEFAULT '' NOT NULL, 
	website TEXT DEFAULT '' NOT NULL, 
	custom TEXT DEFAULT '{}' NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	created_ms INTEGER NOT NULL, 
	forgotten_ms INTEGER, 
	merged_into_id INTEGER, 
	CONSTRAINT pk_lead PRIMARY KEY (id), 
	CONSTRAINT uq_lead_identity_key UNIQUE (identity_key), 
	CONSTRAINT uq_lead_provider_id UNIQUE (provider_id), 
	CONSTRAINT fk_lead_merged_into_id FOREIGN KEY(merged_into_id) REFERENCES lead (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_lead_merged_into_id ON lead (merged_into_id) WHERE merged_into_id IS NOT NULL
--
CREATE TABLE lost_send (
	seq INTEGER NOT NULL, 
	uuid VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	body_sha VARCHAR NOT NULL, 
	at_ms INTEGER NOT NULL, 
	settled_ms INTEGER, 
	CONSTRAINT pk_lost_send PRIMARY KEY (seq)
)
--
CREATE INDEX ix_lost_send_person ON lost_send (person) WHERE settled_ms IS NULL
--
CREATE TABLE breaker (
	account_id INTEGER NOT NULL, 
	action VARCHAR NOT NULL, 
	opened_ms INTEGER NOT NULL, 
	until_ms INTEGER, 
	why TEXT NOT NULL, 
	level INTEGER DEFAULT 0 NOT NULL, 
	is_open INTEGER DEFAULT 1 NOT NULL CONSTRAINT ck_breaker_is_open CHECK (is_open IN (0, 1)), 
	CONSTRAINT pk_breaker PRIMARY KEY (account_id, action), 
	CONSTRAINT fk_breaker_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT
)
--
CREATE TABLE budget_use (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	action VARCHAR NOT NULL CONSTRAINT ck_budget_use_action CHECK (action IN ('invite', 'note', 'message', 'profile_read', 'withdraw')), 
	at_ms INTEGER NOT NULL, 
	delivery_id INTEGER, 
	attempt_n INTEGER, 
	source VARCHAR DEFAULT 'ours' NOT NULL CONSTRAINT ck_budget_use_source CHECK (source IN ('ours', 'observed')), 
	object_id VARCHAR, 
	CONSTRAINT pk_budget_use PRIMARY KEY (id), 
	CONSTRAINT fk_budget_use_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_budget_use_account_id_action_at_ms ON budget_use (account_id, action, at_ms)
--
CREATE UNIQUE INDEX uq_budget_use_attempt ON budget_use (delivery_id, attempt_n, action) WHERE delivery_id IS NOT NULL
--
CREATE UNIQUE INDEX uq_budget_use_observed ON budget_use (account_id, object_id) WHERE source = 'observed'
--
CREATE TABLE campaign (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	account_id INTEGER, 
	state VARCHAR NOT NULL CONSTRAINT ck_campaign_state CHECK (state IN ('draft', 'running', 'paused', 'finished', 'archived')), 
	pause VARCHAR DEFAULT 'none' NOT NULL CONSTRAINT ck_campaign_pause CHECK (pause IN ('none', 'all', 'invitations', 'follow_ups')), 
	weight INTEGER DEFAULT 1 NOT NULL CONSTRAINT ck_campaign_weight CHECK (weight >= 1), 
	time_zone VARCHAR, 
	days VARCHAR, 
	start_minute INTEGER, 
	end_minute INTEGER, 
	version_id INTEGER, 
	created_ms INTEGER NOT NULL, 
	started_ms INTEGER, 
	finished_ms INTEGER, 
	ask_left INTEGER DEFAULT 0 NOT NULL, 
	ask_first INTEGER DEFAULT 0 NOT NULL, 
	ask_since_ms INTEGER, 
	ask_until_ms INTEGER, 
	unsaved_steps TEXT, 
	CONSTRAINT pk_campaign PRIMARY KEY (id), 
	CONSTRAINT fk_campaign_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT
)
--
CREATE UNIQUE INDEX uq_campaign_name ON campaign (lower(name))
--
CREATE TABLE chat (
	account_id INTEGER NOT NULL, 
	chat_id VARCHAR NOT NULL, 
	lead_id INTEGER, 
	provider_id VARCHAR, 
	CONSTRAINT pk_chat PRIMARY KEY (account_id, chat_id), 
	CONSTRAINT fk_chat_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_chat_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_chat_lead_id ON chat (lead_id)
--
CREATE INDEX ix_chat_provider_id ON chat (provider_id) WHERE lead_id IS NULL
--
CREATE TABLE lead_alias (
	alias VARCHAR NOT NULL, 
	lead_id INTEGER NOT NULL, 
	CONSTRAINT pk_lead_alias PRIMARY KEY (alias), 
	CONSTRAINT fk_lead_alias_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) ON DELETE RESTRICT
)
 WITHOUT ROWID
--
CREATE INDEX ix_lead_alias_lead_id ON lead_alias (lead_id)
--
CREATE TABLE message (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	lead_id INTEGER NOT NULL, 
	provider_message_id VARCHAR NOT NULL, 
	chat_id VARCHAR NOT NULL, 
	is_ours INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_message_is_ours CHECK (is_ours IN (0, 1)), 
	author VARCHAR NOT NULL CONSTRAINT ck_message_author CHECK (author IN ('lead', 'us', 'hand')), 
	kind VARCHAR NOT NULL, 
	body TEXT DEFAULT '' NOT NULL, 
	at_ms INTEGER NOT NULL, 
	seen_ms INTEGER NOT NULL, 
	CONSTRAINT pk_message PRIMARY KEY (id), 
	CONSTRAINT uq_message_account_id_provider_message_id UNIQUE (account_id, provider_message_id), 
	CONSTRAINT fk_message_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_message_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_message_lead_id_at_ms ON message (lead_id, at_ms)
--
CREATE TABLE outage (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	began_ms INTEGER NOT NULL, 
	ended_ms INTEGER NOT NULL, 
	recovery_ms INTEGER NOT NULL, 
	CONSTRAINT pk_outage PRIMARY KEY (id), 
	CONSTRAINT fk_outage_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_outage_account_id ON outage (account_id)
--
CREATE TABLE relation (
	account_id INTEGER NOT NULL, 
	member_key VARCHAR NOT NULL, 
	public_identifier VARCHAR, 
	connected_ms INTEGER, 
	CONSTRAINT pk_relation PRIMARY KEY (account_id, member_key), 
	CONSTRAINT fk_relation_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT
)
 WITHOUT ROWID
--
CREATE INDEX ix_relation_account_id_public_identifier ON relation (account_id, public_identifier)
--
CREATE TABLE campaign_share (
	account_id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	lane VARCHAR NOT NULL, 
	virtual_millis INTEGER NOT NULL, 
	CONSTRAINT pk_campaign_share PRIMARY KEY (account_id, campaign_id, lane), 
	CONSTRAINT fk_campaign_share_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_campaign_share_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE RESTRICT
)
--
CREATE TABLE campaign_start (
	campaign_id INTEGER NOT NULL, 
	is_gate INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_campaign_start_is_gate CHECK (is_gate IN (0, 1)), 
	people_left INTEGER, 
	people_done INTEGER DEFAULT 0 NOT NULL, 
	people_held INTEGER DEFAULT 0 NOT NULL, 
	began_ms INTEGER NOT NULL, 
	CONSTRAINT pk_campaign_start PRIMARY KEY (campaign_id), 
	CONSTRAINT fk_campaign_start_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE RESTRICT
)
--
CREATE TABLE import_batch (
	id INTEGER NOT NULL, 
	at_ms INTEGER NOT NULL, 
	file_name TEXT NOT NULL, 
	campaign_id INTEGER, 
	rows_read INTEGER DEFAULT 0 NOT NULL, 
	rows_new INTEGER DEFAULT 0 NOT NULL, 
	rows_merged INTEGER DEFAULT 0 NOT NULL, 
	rows_unchanged INTEGER DEFAULT 0 NOT NULL, 
	rows_skipped INTEGER DEFAULT 0 NOT NULL, 
	columns TEXT DEFAULT '{}' NOT NULL, 
	finished_ms INTEGER, 
	undone_ms INTEGER, 
	CONSTRAINT pk_import_batch PRIMARY KEY (id), 
	CONSTRAINT fk_import_batch_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE RESTRICT
)
--
CREATE TABLE sequence_version (
	id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	steps TEXT NOT NULL, 
	created_ms INTEGER NOT NULL, 
	frozen_ms INTEGER, 
	CONSTRAINT pk_sequence_version PRIMARY KEY (id), 
	CONSTRAINT uq_sequence_version_campaign_id_n UNIQUE (campaign_id, n), 
	CONSTRAINT fk_sequence_version_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE RESTRICT
)
--
CREATE TABLE enrolment (
	id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	lead_id INTEGER NOT NULL, 
	account_id INTEGER, 
	round INTEGER DEFAULT 1 NOT NULL, 
	version_id INTEGER, 
	next_version_id INTEGER, 
	moved_ms INTEGER, 
	batch_id INTEGER, 
	enrolled_ms INTEGER NOT NULL, 
	started_ms INTEGER, 
	invited_ms INTEGER, 
	invited_by_hand INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_enrolment_invited_by_hand CHECK (invited_by_hand IN (0, 1)), 
	is_unconfirmed INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_enrolment_is_unconfirmed CHECK (is_unconfirmed IN (0, 1)), 
	connected_ms INTEGER, 
	was_connected INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_enrolment_was_connected CHECK (was_connected IN (0, 1)), 
	seen_late INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_enrolment_seen_late CHECK (seen_late IN (0, 1)), 
	withdrawn_ms INTEGER, 
	withdrawn_why TEXT DEFAULT '' NOT NULL, 
	replied_ms INTEGER, 
	hand_wrote_ms INTEGER, 
	excluded_ms INTEGER, 
	excluded_why TEXT DEFAULT '' NOT NULL, 
	attention_why TEXT DEFAULT '' NOT NULL, 
	passed_steps TEXT DEFAULT '{}' NOT NULL, 
	chosen_step TEXT DEFAULT '' NOT NULL, 
	chosen_ms INTEGER, 
	continue_ms INTEGER, 
	set_aside_ms INTEGER, 
	stage VARCHAR DEFAULT 'pending_invite' NOT NULL, 
	is_active INTEGER DEFAULT 1 NOT NULL CONSTRAINT ck_enrolment_is_active CHECK (is_active IN (0, 1)), 
	steps_ended INTEGER DEFAULT 0 NOT NULL, 
	messages_sent INTEGER DEFAULT 0 NOT NULL, 
	next_action VARCHAR, 
	next_ms INTEGER, 
	next_why TEXT DEFAULT '' NOT NULL, 
	wake_ms INTEGER, 
	verify_ms INTEGER, 
	CONSTRAINT pk_enrolment PRIMARY KEY (id), 
	CONSTRAINT uq_enrolment_campaign_id_lead_id_round UNIQUE (campaign_id, lead_id, round), 
	CONSTRAINT fk_enrolment_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_enrolment_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_enrolment_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_enrolment_version_id FOREIGN KEY(version_id) REFERENCES sequence_version (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_enrolment_next_version_id FOREIGN KEY(next_version_id) REFERENCES sequence_version (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_enrolment_active ON enrolment (campaign_id) WHERE is_active = 1
--
CREATE INDEX ix_enrolment_campaign_id_stage ON enrolment (campaign_id, stage)
--
CREATE INDEX ix_enrolment_lead_id ON enrolment (lead_id)
--
CREATE INDEX ix_enrolment_needs_attention ON enrolment (id) WHERE stage = 'needs_attention'
--
CREATE INDEX ix_enrolment_next_version_id ON enrolment (next_version_id) WHERE next_version_id IS NOT NULL
--
CREATE INDEX ix_enrolment_replied_ms ON enrolment (replied_ms) WHERE replied_ms IS NOT NULL
--
CREATE INDEX ix_enrolment_stage_next_ms ON enrolment (stage, next_ms)
--
CREATE INDEX ix_enrolment_wake_ms ON enrolment (wake_ms) WHERE wake_ms IS NOT NULL
--
CREATE TABLE import_change (
	id INTEGER NOT NULL, 
	import_batch_id INTEGER NOT NULL, 
	lead_id INTEGER NOT NULL, 
	field VARCHAR NOT NULL, 
	old_value TEXT, 
	new_value TEXT NOT NULL, 
	CONSTRAINT pk_import_change PRIMARY KEY (id), 
	CONSTRAINT fk_import_change_import_batch_id FOREIGN KEY(import_batch_id) REFERENCES import_batch (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_import_change_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_import_change_import_batch_id ON import_change (import_batch_id)
--
CREATE INDEX ix_import_change_lead_id ON import_change (lead_id)
--
CREATE TABLE import_created (
	import_batch_id INTEGER NOT NULL, 
	first_lead_id INTEGER NOT NULL, 
	last_lead_id INTEGER NOT NULL, 
	CONSTRAINT pk_import_created PRIMARY KEY (import_batch_id, first_lead_id), 
	CONSTRAINT fk_import_created_import_batch_id FOREIGN KEY(import_batch_id) REFERENCES import_batch (id) ON DELETE RESTRICT
)
 WITHOUT ROWID
--
CREATE TABLE import_problem (
	id INTEGER NOT NULL, 
	import_batch_id INTEGER NOT NULL, 
	"row" INTEGER NOT NULL, 
	column_name TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	cells TEXT NOT NULL, 
	fixed_batch_id INTEGER, 
	CONSTRAINT pk_import_problem PRIMARY KEY (id), 
	CONSTRAINT fk_import_problem_import_batch_id FOREIGN KEY(import_batch_id) REFERENCES import_batch (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_import_problem_fixed_batch_id FOREIGN KEY(fixed_batch_id) REFERENCES import_batch (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_import_problem_fixed_batch_id ON import_problem (fixed_batch_id) WHERE fixed_batch_id IS NOT NULL
--
CREATE INDEX ix_import_problem_import_batch_id ON import_problem (import_batch_id)
--
CREATE TABLE delivery (
	id INTEGER NOT NULL, 
	uuid VARCHAR NOT NULL, 
	account_id INTEGER NOT NULL, 
	lead_id INTEGER NOT NULL, 
	enrolment_id INTEGER, 
	campaign_id INTEGER, 
	step_key VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL CONSTRAINT ck_delivery_kind CHECK (kind IN ('visit', 'invite', 'message', 'withdraw', 'reply')), 
	state VARCHAR NOT NULL CONSTRAINT ck_delivery_state CHECK (state IN ('planned', 'claimed', 'sending', 'sent', 'unknown', 'human', 'refused', 'skipped', 'cancelled', 'superseded')), 
	due_ms INTEGER NOT NULL, 
	not_before_ms INTEGER DEFAULT 0 NOT NULL, 
	body TEXT, 
	body_sha VARCHAR, 
	claim_boot VARCHAR, 
	ended_ms INTEGER, 
	prior_unknown_ms INTEGER, 
	looks INTEGER DEFAULT 0 NOT NULL, 
	next_look_ms INTEGER, 
	negative_look_ms INTEGER, 
	reason TEXT DEFAULT '' NOT NULL, 
	evidence TEXT DEFAULT '' NOT NULL, 
	evidence_ms INTEGER, 
	provider_message_id VARCHAR, 
	provider_invitation_id VARCHAR, 
	chat_id VARCHAR, 
	resolved_by VARCHAR CONSTRAINT ck_delivery_resolved_by CHECK (resolved_by IN ('response', 'read', 'human', 'assumed')), 
	is_rearmed INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_delivery_is_rearmed CHECK (is_rearmed IN (0, 1)), 
	soft_refusals INTEGER DEFAULT 0 NOT NULL, 
	verified_ms INTEGER, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT uq_delivery_enrolment_id_step_key UNIQUE (enrolment_id, step_key), 
	CONSTRAINT uq_delivery_uuid UNIQUE (uuid), 
	CONSTRAINT fk_delivery_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_delivery_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_delivery_enrolment_id FOREIGN KEY(enrolment_id) REFERENCES enrolment (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_delivery_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE RESTRICT, 
	CONSTRAINT uq_delivery_provider_message_id UNIQUE (provider_message_id), 
	CONSTRAINT uq_delivery_provider_invitation_id UNIQUE (provider_invitation_id)
)
--
CREATE INDEX ix_delivery_lead_id ON delivery (lead_id)
--
CREATE INDEX ix_delivery_open ON delivery (account_id, state) WHERE state IN ('claimed', 'human', 'sending', 'unknown')
--
CREATE INDEX ix_delivery_planned ON delivery (campaign_id, kind, due_ms, id) WHERE state = 'planned'
--
CREATE INDEX ix_delivery_sent ON delivery (account_id, ended_ms) WHERE state = 'sent'
--
CREATE UNIQUE INDEX uq_delivery_one_invite ON delivery (account_id, lead_id) WHERE kind = 'invite' AND is_rearmed = 0 AND state IN ('claimed', 'human', 'sending', 'sent', 'unknown')
--
CREATE UNIQUE INDEX uq_delivery_one_open ON delivery (account_id, lead_id) WHERE kind <> 'reply' AND state IN ('claimed', 'human', 'sending', 'unknown')
--
CREATE UNIQUE INDEX uq_delivery_same_text ON delivery (account_id, lead_id, body_sha) WHERE kind = 'message' AND is_rearmed = 0 AND state IN ('claimed', 'human', 'sending', 'sent', 'unknown')
--
CREATE TABLE enrolment_text (
	enrolment_id INTEGER NOT NULL, 
	step_key VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_enrolment_text PRIMARY KEY (enrolment_id, step_key), 
	CONSTRAINT fk_enrolment_text_enrolment_id FOREIGN KEY(enrolment_id) REFERENCES enrolment (id) ON DELETE CASCADE
)
 WITHOUT ROWID
--
CREATE TABLE lead_claim (
	account_id INTEGER NOT NULL, 
	lead_id INTEGER NOT NULL, 
	enrolment_id INTEGER NOT NULL, 
	CONSTRAINT pk_lead_claim PRIMARY KEY (account_id, lead_id), 
	CONSTRAINT fk_lead_claim_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_lead_claim_lead_id FOREIGN KEY(lead_id) REFERENCES lead (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_lead_claim_enrolment_id FOREIGN KEY(enrolment_id) REFERENCES enrolment (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_lead_claim_enrolment_id ON lead_claim (enrolment_id)
--
CREATE INDEX ix_lead_claim_lead_id ON lead_claim (lead_id)
--
CREATE TABLE approval (
	id INTEGER NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	state VARCHAR DEFAULT 'open' NOT NULL CONSTRAINT ck_approval_state CHECK (state IN ('open', 'approved', 'skipped', 'stopped', 'changed')), 
	asked_ms INTEGER NOT NULL, 
	decided_ms INTEGER, 
	body TEXT, 
	body_sha VARCHAR, 
	version_id INTEGER NOT NULL, 
	variant INTEGER DEFAULT 0 NOT NULL, 
	lead_values TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_approval PRIMARY KEY (id), 
	CONSTRAINT fk_approval_delivery_id FOREIGN KEY(delivery_id) REFERENCES delivery (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_approval_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_approval_version_id FOREIGN KEY(version_id) REFERENCES sequence_version (id) ON DELETE RESTRICT
)
--
CREATE INDEX ix_approval_delivery_id ON approval (delivery_id)
--
CREATE INDEX ix_approval_standing ON approval (campaign_id, state) WHERE state IN ('approved', 'open')
--
CREATE UNIQUE INDEX uq_approval_standing ON approval (delivery_id) WHERE state IN ('approved', 'open')
--
CREATE TABLE attempt (
	delivery_id INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	boot_id VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	is_fired INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_attempt_is_fired CHECK (is_fired IN (0, 1)), 
	armed_ms INTEGER NOT NULL, 
	ended_ms INTEGER, 
	http_status INTEGER, 
	error_type VARCHAR, 
	cause VARCHAR, 
	verdict VARCHAR, 
	detail TEXT DEFAULT '' NOT NULL, 
	usage_percent INTEGER, 
	CONSTRAINT pk_attempt PRIMARY KEY (delivery_id, n), 
	CONSTRAINT fk_attempt_delivery_id FOREIGN KEY(delivery_id) REFERENCES delivery (id) ON DELETE RESTRICT, 
	CONSTRAINT uq_attempt_seq UNIQUE (seq)
)
--
CREATE INDEX ix_attempt_warned ON attempt (armed_ms) WHERE cause IN ('rate', 'limit') OR usage_percent >= 90
--
CREATE VIRTUAL TABLE lead_text USING fts5(first_name, last_name, company, title, headline, location, content='lead', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')
--
CREATE TRIGGER delivery_transition BEFORE UPDATE OF state ON delivery WHEN old.state <> new.state AND NOT ((old.state = 'cancelled' AND new.state = 'planned') OR (old.state = 'cancelled' AND new.state = 'unknown') OR (old.state = 'claimed' AND new.state = 'cancelled') OR (old.state = 'claimed' AND new.state = 'planned') OR (old.state = 'claimed' AND new.state = 'refused') OR (old.state = 'claimed' AND new.state = 'sending') OR (old.state = 'claimed' AND new.state = 'sent') OR (old.state = 'claimed' AND new.state = 'skipped') OR (old.state = 'human' AND new.state = 'planned') OR (old.state = 'human' AND new.state = 'sent') OR (old.state = 'human' AND new.state = 'skipped') OR (old.state = 'planned' AND new.state = 'cancelled') OR (old.state = 'planned' AND new.state = 'claimed') OR (old.state = 'planned' AND new.state = 'skipped') OR (old.state = 'planned' AND new.state = 'superseded') OR (old.state = 'planned' AND new.state = 'unknown') OR (old.state = 'sending' AND new.state = 'planned') OR (old.state = 'sending' AND new.state = 'refused') OR (old.state = 'sending' AND new.state = 'sent') OR (old.state = 'sending' AND new.state = 'skipped') OR (old.state = 'sending' AND new.state = 'unknown') OR (old.state = 'superseded' AND new.state = 'planned') OR (old.state = 'superseded' AND new.state = 'unknown') OR (old.state = 'unknown' AND new.state = 'human') OR (old.state = 'unknown' AND new.state = 'planned') OR (old.state = 'unknown' AND new.state = 'sent')) BEGIN SELECT RAISE(ABORT, 'illegal move of a delivery'); END
--
CREATE TRIGGER delivery_approved BEFORE UPDATE OF state ON delivery WHEN new.state = 'sending' AND old.state <> 'sending' AND new.kind IN ('invite', 'message') AND (coalesce((SELECT ask_left FROM campaign WHERE id = new.campaign_id), 0) > 0 OR EXISTS (SELECT 1 FROM approval WHERE delivery_id = new.id AND state IN ('approved', 'open'))) AND NOT EXISTS (SELECT 1 FROM approval WHERE delivery_id = new.id AND state = 'approved' AND body IS new.body) BEGIN SELECT RAISE(ABORT, 'nobody approved this send'); END
