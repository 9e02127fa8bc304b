"""The transactions of a send: claim, what a look found, arm, record, reconcile. See docs/sending.md."""
