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
        "one new short query of about ten tokens, which no call before has asked; throughput is "
        "the median of the rounds, the lowest and the highest beside it. One-minute load average "
        f"of the machine before: {results['load_before']}.",
        "",
        "| clients | server | requests/s | rounds | p50 ms | p99 ms |",
        "|---|---|---|---|---|---|",
    ]
    if note := results.get("note"):
        lines[2] += f" {note}"
    for n in results["closed"]["likewise"]:
        for name, levels in results["closed"].items():
            found = levels[n]
            lines.append(
                f"| {n} | {name} | {found['requests_per_second']:,.0f} "
                f"| {found['rounds'][0]:,.0f}–{found['rounds'][-1]:,.0f} | {found['p50_ms']} "
                f"| {found['p99_ms']} |"
            )
    for n, found in results["cached"].items():
        lines.append(
            f"| {n} | likewise, repeated texts | {found['requests_per_second']:,.0f} "
            f"| once | {found['p50_ms']} | {found['p99_ms']} |"
        )
    return "\n".join([*lines, "", *_overload(results), "", *_soak(results), *_targets(results)])


def _overload(results: dict[str, Any]) -> list[str]:
    found = results["overload"]
    return [
        f"At three times the throughput that 32 clients had just before, with LIKEWISE_MAX_WAIT at "
        f"{found['wait']} (load average {found['load']}; {found['rate']:,} requests a second due, "
        f"{found['sent_per_second']:,.0f} sent, the last hundredth of them over "
        f"{found['late_p99_ms']} ms late; all times are from when a request was due): "
        f"{found['requests_per_second']:,.0f} answered a second with p50 {found['p50_ms']} and "
        f"p99 {found['p99_ms']} ms; {found['refused']:,} refused with 503 "
        f"(p99 {found['refused_p99_ms']} ms); {found['failed']} failed otherwise; "
        f"`/health`, asked by a "
        f"process of its own, took {found['health_p50_ms']} ms at the median and "
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
        f"the end, {found['memory_most_mb']} MB at most; load average {found['load_most']} at "
        "most, other work on the machine included.",
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
