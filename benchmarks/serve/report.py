"""Writes what was measured as a page, with the targets and whether they were met."""

from typing import Any

MOST_HEALTH_MS = 100
LEAST_CACHED = 3_000


def report(results: dict[str, Any]) -> str:
    """Return the page in Markdown."""
    machine = results["machine"]
    lines = [
        "# Serving, measured",
        "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python "
        f"{machine['python']}; {results['threads']} threads for each engine; client and server on "
        f"the same machine; {results['date']}. infinity-emb {results['versions']['infinity-emb']} "
        "with its torch engine in float32 and its defaults, on the same weights. Each request is "
        "one new short query of about ten tokens.",
        "",
        "| clients | server | requests/s | p50 ms | p99 ms |",
        "|---|---|---|---|---|",
    ]
    for n in results["closed"]["likewise"]:
        for name, levels in results["closed"].items():
            found = levels[n]
            lines.append(
                f"| {n} | {name} | {found['requests_per_second']:,.0f} | {found['p50_ms']} "
                f"| {found['p99_ms']} |"
            )
    for n, found in results["cached"].items():
        lines.append(
            f"| {n} | likewise, repeated texts | {found['requests_per_second']:,.0f} "
            f"| {found['p50_ms']} | {found['p99_ms']} |"
        )
    return "\n".join([*lines, "", *_overload(results), "", *_soak(results), *_targets(results)])


def _overload(results: dict[str, Any]) -> list[str]:
    found = results["overload"]
    return [
        f"At three times that ({found['rate']:,} requests a second, sent whether answers came or "
        f"not): {found['requests_per_second']:,.0f} answered a second with p50 {found['p50_ms']} "
        f"and p99 {found['p99_ms']} ms; {found['refused']:,} refused with 503 (p99 "
        f"{found['refused_p99_ms']} ms); {found['failed']} failed otherwise; `/health` took "
        f"{found['health_max_ms']} ms at most; memory went from {found['memory_before_mb']} to "
        f"{found['memory_after_mb']} MB."
    ]


def _soak(results: dict[str, Any]) -> list[str]:
    if "soak" not in results:
        return []
    found = results["soak"]
    return [
        f"For {found['seconds']:.0f} seconds with 32 clients: {found['requests_per_second']:,.0f} "
        f"requests/s, p99 {found['p99_ms']} ms, {found['failed']} failed; memory "
        f"{found['memory_first_mb']} MB after the first minute, {found['memory_last_mb']} MB at "
        f"the end, {found['memory_most_mb']} MB at most.",
        "",
    ]


def _targets(results: dict[str, Any]) -> list[str]:
    ours = results["closed"]["likewise"]
    rows = []
    if peer := results["closed"].get("infinity"):
        ratio = ours["32"]["requests_per_second"] / peer["32"]["requests_per_second"]
        half = ours["1"]["p50_ms"] / peer["1"]["p50_ms"]
        rows += [
            ("requests/s at 32 clients over infinity's", "at least 4", f"{ratio:.1f}", ratio >= 4),
            ("p50 with 1 client over infinity's", "at most 1/3", f"{half:.2f}", half <= 1 / 3),
        ]
    cached = max(found["requests_per_second"] for found in results["cached"].values())
    health = results["overload"]["health_max_ms"]
    rows += [
        ("repeated texts", "at least 3,000 requests/s", f"{cached:,.0f}", cached >= LEAST_CACHED),
        ("/health under overload", "under 100 ms", f"{health} ms", health < MOST_HEALTH_MS),
    ]
    return [
        "| target | | measured | |",
        "|---|---|---|---|",
        *(f"| {a} | {b} | {c} | {'met' if met else '**not met**'} |" for a, b, c, met in rows),
        "",
    ]
