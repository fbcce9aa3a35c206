"""Reads with Debian's python3-feedparser, and JSON Feed with Python's own json: read_feeds.py URL LANGUAGE. Prints JSON."""

import datetime
import json
import sys
import time
import urllib.request

import feedparser


def atom(url: str) -> dict:
    feed = feedparser.parse(url)
    again = feedparser.parse(url, etag=feed.get("etag"), modified=feed.get("modified"))
    return {
        "status": feed.status,
        "again": again.status,
        "bozo": bool(feed.bozo),
        "version": feed.version,
        "id": feed.feed.id,
        "self": [link.href for link in feed.feed.links if link.rel == "self"],
        "language": feed.feed.language,
        "updated": seconds(feed.feed.updated_parsed),
        "entries": [
            {
                "id": entry.id,
                "title": entry.title,
                "link": entry.link,
                "published": seconds(entry.published_parsed),
                "updated": seconds(entry.updated_parsed),
                "language": entry.content[0].language,
                "content": entry.content[0].value,
                "terms": [tag.term for tag in entry.get("tags", [])],
            }
            for entry in feed.entries
        ],
    }


def seconds(parsed: time.struct_time) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", parsed)


def whole(text: str) -> str:
    moment = datetime.datetime.fromisoformat(text).astimezone(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def json_feed(url: str) -> dict:
    with urllib.request.urlopen(url) as answer:
        feed = json.load(answer)
    return {
        "version": feed["version"],
        "language": feed["language"],
        "entries": [
            {
                "id": item["id"],
                "title": item["title"],
                "link": item["url"],
                "published": whole(item["date_published"]),
                "updated": whole(item["date_modified"]),
                "language": item["language"],
            }
            for item in feed["items"]
        ],
    }


origin, language = sys.argv[1:]
feeds = f"{origin}/feeds/{language}"
print(json.dumps({"atom": atom(f"{feeds}.atom"), "json": json_feed(f"{feeds}.json")}))
