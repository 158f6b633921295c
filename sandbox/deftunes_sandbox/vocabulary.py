"""Words that the generated records are made of; invented, apart from the places."""

from __future__ import annotations

FIRST_NAMES = (
    "Elena", "Marcus", "Yuki", "Amara", "Søren", "Inês", "Tomasz", "Zoë", "Rahul", "Chloé",
    "Björn", "Leïla", "Omar", "Nadia", "Jürgen", "Siobhán", "Mateo", "Ayşe", "Kwame", "Ingrid",
    "Paolo", "Noor", "Viktor", "Camila", "Dmitri", "Hana", "José", "Priya", "Lars", "Fatima",
)  # fmt: skip
LAST_NAMES = (
    "Okafor", "Lindqvist", "Müller", "Tanaka", "Peña", "O'Rourke", "Kowalski", "Santos", "Nguyễn",
    "Haddad", "Fischer", "Rossi", "Iyer", "Novák", "Dubois", "Şahin", "Jensen", "Castro", "Smith",
    "Petrović", "Øster", "Kim", "Mensah", "Garcia", "Walker", "Delacroix", "Ivanova", "Brown",
)  # fmt: skip

# latitude, longitude, place, country, time zone: five strings, as the API writes them
PLACES = (
    ("52.52437", "13.41053", "Berlin", "DE", "Europe/Berlin"),
    ("51.168", "7.973", "Finnentrop", "DE", "Europe/Berlin"),
    ("48.13743", "11.57549", "München", "DE", "Europe/Berlin"),
    ("46.32313", "-0.45877", "Niort", "FR", "Europe/Paris"),
    ("45.43389", "4.39", "Saint-Étienne", "FR", "Europe/Paris"),
    ("-23.5475", "-46.63611", "São Paulo", "BR", "America/Sao_Paulo"),
    ("-15.77972", "-47.92972", "Brasília", "BR", "America/Sao_Paulo"),
    ("32.57756", "71.52847", "Mianwali", "PK", "Asia/Karachi"),
    ("40.71427", "-74.00597", "New York City", "US", "America/New_York"),
    ("34.05223", "-118.24368", "Los Angeles", "US", "America/Los_Angeles"),
    ("41.85003", "-87.65005", "Chicago", "US", "America/Chicago"),
    ("39.73915", "-104.9847", "Denver", "US", "America/Denver"),
    ("51.50853", "-0.12574", "London", "GB", "Europe/London"),
    ("53.48095", "-2.23743", "Manchester", "GB", "Europe/London"),
    ("19.42847", "-99.12766", "Ciudad de México", "MX", "America/Mexico_City"),
    ("20.96737", "-89.62386", "Mérida", "MX", "America/Merida"),
    ("4.60971", "-74.08175", "Bogotá", "CO", "America/Bogota"),
    ("-33.45694", "-70.64827", "Santiago", "CL", "America/Santiago"),
    ("40.4165", "-3.70256", "Madrid", "ES", "Europe/Madrid"),
    ("43.37135", "-8.396", "A Coruña", "ES", "Europe/Madrid"),
    ("38.71667", "-9.13333", "Lisboa", "PT", "Europe/Lisbon"),
    ("41.89193", "12.51133", "Roma", "IT", "Europe/Rome"),
    ("59.33258", "18.0649", "Stockholm", "SE", "Europe/Stockholm"),
    ("55.60587", "13.00073", "Malmö", "SE", "Europe/Stockholm"),
    ("55.67594", "12.56553", "København", "DK", "Europe/Copenhagen"),
    ("52.22977", "21.01178", "Warszawa", "PL", "Europe/Warsaw"),
    ("51.75", "19.46667", "Łódź", "PL", "Europe/Warsaw"),
    ("41.01384", "28.94966", "İstanbul", "TR", "Europe/Istanbul"),
    ("35.6895", "139.69171", "東京", "JP", "Asia/Tokyo"),
    ("37.566", "126.9784", "서울", "KR", "Asia/Seoul"),
    ("19.07283", "72.88261", "Mumbai", "IN", "Asia/Kolkata"),
    ("12.97194", "77.59369", "Bengaluru", "IN", "Asia/Kolkata"),
    ("6.45407", "3.39467", "Lagos", "NG", "Africa/Lagos"),
    ("-1.28333", "36.81667", "Nairobi", "KE", "Africa/Nairobi"),
    ("30.06263", "31.24967", "Cairo", "EG", "Africa/Cairo"),
    ("-33.92584", "18.42322", "Cape Town", "ZA", "Africa/Johannesburg"),
    ("-33.86785", "151.20732", "Sydney", "AU", "Australia/Sydney"),
    ("-36.84853", "174.76349", "Auckland", "NZ", "Pacific/Auckland"),
    ("45.50884", "-73.58781", "Montréal", "CA", "America/Toronto"),
    ("46.81228", "-71.21454", "Québec", "CA", "America/Toronto"),
)

ADJECTIVES = (
    "Silver", "Broken", "Électrique", "Midnight", "Hollow", "Golden", "Crooked", "Velvet",
    "Distant", "Último", "Burning", "Quiet", "Blå", "Electric", "Paper", "Wandering", "Iron",
    "Lost", "Süße",
    "Northern", "Restless", "Scarlet", "Empty", "Slow", "Infinite", "Minor", "Hidden", "Painted",
)  # fmt: skip
NOUNS = (
    "River", "Machine", "Corazón", "Lantern", "Harbour", "Señal", "Garden", "Engine", "Mirror",
    "Satellite", "Träume", "Window", "Compass", "Étoile", "Orchard", "Shadow", "Avenue", "Fjäril",
    "Signal", "Parade", "Canyon", "Letter", "Piano", "Winter", "Tiger", "Carousel", "Żagle", "Moon",
)  # fmt: skip
TITLE_ENDINGS = (
    "", "", "", "", "", "", "", "", "", "", "", "", "", " (Live)", " (Album Version)", " (Remix)",
    "_ Pt. 2", " (Radio Edit)", "  (Instrumental)", "_ My Love", " [Remastered]", " - Reprise",
)  # fmt: skip

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/{a}.{b} (KHTML, like Gecko) Chrome/{c}.0.{d}.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/{a}.{b} (KHTML, like Gecko) Chrome/{c}.0.{d}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS {b}_2 like Mac OS X) AppleWebKit/{a}.{b} Mobile/8B{c}",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_{b}_{c}; rv:1.9.2.20) Gecko/20{d} Firefox/{c}.0",
    "Mozilla/5.0 (Android {b}; Mobile; rv:{c}.0) Gecko/{c}.0 Firefox/{c}.0",
    "Opera/9.{c}.(Windows NT 6.{b}; tr-TR) Presto/2.9.{a} Version/{b}.00",
)
