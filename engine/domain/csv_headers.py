"""What people and exports call the columns of a lead list, in seven languages. Data only.

Names are squashed: no case, accents, blanks or punctuation. The better name stands first.
Languages: English, German, French, Spanish, Italian, Portuguese, Dutch; exports of LinkedIn,
Sales Navigator tools (Evaboot, PhantomBuster, Wiza, Vayne), Apollo, HubSpot and Clay.
"""

from __future__ import annotations

import unicodedata

PROFILE_URL = "profile_url"

_NAMES = {
    PROFILE_URL: """
        linkedinprofileurl linkedinurlpublic publiclinkedinurl publicprofileurl defaultprofileurl linkedinpublicurl
        personlinkedinurl contactlinkedinurl linkedinurl linkedinprofile linkedinprofilelink linkedinlink linkedin
        personlinkedin contactlinkedin linkedinaddress linkedinpersonalurl profileurl profilelink memberurl profile
        salesnavigatorprofileurl linkedinsalesnavigatorurl salesnavigatorurl salesnavurl salesprofileurl
        linkedinurluniqueid linkedinprofil linkedinprofilurl linkedinadresse profillink profilurl profil lienlinkedin
        profillinkedin urlprofillinkedin urlprofil urllinkedin lienprofil lienprofillinkedin lienduprofil
        adresselinkedin enlacelinkedin perfillinkedin perfildelinkedin urldelperfil urldeperfil urlperfil
        enlacedeperfil enlace perfil profilolinkedin urlprofilo urldelprofilo linkprofilo collegamento profilo
        perfildolinkedin linkdoperfil urldoperfil linkedinprofiel profielurl profiellink profiel
        url link publicidentifier linkedinslug linkedinusername linkedinhandle linkedinid vmid slug
    """,
    "first_name": """
        firstname givenname forename first vorname rufname prenom primernombre nombredepila nombres primeironome
        voornaam linkedinfirstname
    """,
    "last_name": """
        lastname surname familyname last nachname familienname zuname nomdefamille apellidos apellido cognome
        sobrenome apelido achternaam familienaam linkedinlastname
    """,
    "full_name": """
        fullname contactname leadname personname prospectname vollername vollstandigername ganzername nomcomplet
        prenomnom nometprenom nomprenom nombrecompleto nombreyapellidos nomecompleto nomeecognome nomecognome
        volledigenaam
    """,
    "company": """
        company companyname currentcompany currentcompanyname linkedincompanyname organization organisation
        organizationname employer accountname account firma firmenname unternehmen arbeitgeber entreprise societe
        nomdelentreprise employeur empresa compania nombredelaempresa azienda societa nomeazienda nomedaempresa
        companhia organizacao bedrijf bedrijfsnaam organisatie werkgever
    """,
    "title": """
        jobtitle currentjobtitle currenttitle currentposition position linkedinjobtitle title role job currentjob
        jobrole jobtitel berufsbezeichnung stelle funktion rolle poste intituledeposte intituleduposte titreduposte
        fonction titre cargo puesto puestodetrabajo posicion titulo ruolo posizione qualifica mansione funcao posicao
        functie functietitel functienaam rol
    """,
    "headline": """
        headline linkedinheadline profileheadline tagline profilslogan titreprofil titredeprofil titular intestazione
        sommario kopregel
    """,
    "location": """
        location personlocation leadlocation linkedinlocation area standort localisation emplacement ubicacion
        localizacion localita localizacao locatie city ort stadt wohnort lieu ville localidad ciudad lugar luogo citta
        localidade cidade plaats woonplaats stad
    """,
    "industry": """
        industry linkedinindustry companyindustry branche industrie sektor secteurdactivite secteur sector industria
        settore setor bedrijfstak
    """,
    "email": """
        email emailaddress workemail professionalemail businessemail proemail contactemail personemail mail email1
        emailadresse mailadresse adresseemail adressemail courriel correoelectronico correo indirizzoemail
        postaelettronica enderecodeemail emailadres
    """,
    "website": """
        website companywebsite websiteurl homepage web webseite internetseite siteweb siteinternet sitioweb paginaweb
        sitoweb sito site companydomain domain
    """,
}

FIELDS = tuple(_NAMES)
RANKS = {name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split())}
"""The field that a squashed name means, and its rank: 0 is the best name for it."""

FIRST_OR_FULL = frozenset({"nombre", "nome"})
"""The first name beside a column of last names, else the full name."""
LAST_OR_FULL = frozenset({"name", "nom", "naam"})
"""The last name beside a column of first names without one of last names, else the full name."""
BARE_NAMES = frozenset(
    {"publicidentifier", "linkedinslug", "linkedinusername", "linkedinhandle", "linkedinid", "vmid", "slug"}
)
"""Columns that hold a slug or an id instead of an address."""


def squashed(header: str) -> str:
    """Return a header without case, accents, blanks and punctuation, to look it up."""
    letters = unicodedata.normalize("NFKD", header).casefold()
    return "".join(character for character in letters if character.isalnum())


def is_known(header: str) -> bool:
    """Return whether a cell reads like the name of a column."""
    name = squashed(header)
    return name in RANKS or name in FIRST_OR_FULL or name in LAST_OR_FULL
