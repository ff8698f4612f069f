"""Writes what was measured as a page, with the targets and whether they were met."""

from typing import Any

MOST_HEALTH_MS = 100
LEAST_CACHED = 3_000
LEAST_SENT = 0.95
MOST_WAITS = 2
MOST_SLOPE = 1


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
    return "\n".join([*lines, "", *_soak(results), *_overload(results), "", *_targets(results)])


def _overload(results: dict[str, Any]) -> list[str]:
    if "overload" not in results:
        return []
    found = results["overload"]
    return [
        f"At three times the throughput that 32 clients had just before ({found['rate']:,} "
        f"requests a second), with LIKEWISE_MAX_WAIT at {found['wait']} and new texts: "
        f"{found['sent']:,} of the {found['due']:,} requests that were due were sent, "
        f"the last hundredth of them over {found['late_p99_ms']} ms late; all times "
        "are from when a request was due. "
        f"{found['requests_per_second']:,.0f} were answered a second, p50 {found['p50_ms']} and "
        f"p99 {found['p99_ms']} ms; {found['refused']:,} refused with 503, p50 "
        f"{found['refused_p50_ms']} and p99 {found['refused_p99_ms']} ms; {found['failed']} failed "
        f"otherwise. {_health(found)} Memory was {found['memory_before_mb']} MB before, "
        f"{found['memory_most_mb']} at most and {found['memory_after_mb']} after. The client took "
        f"{found['client_us_per_request']} µs of processor time for a request; load average "
        f"{found['load']}."
    ]


def _soak(results: dict[str, Any]) -> list[str]:
    if "soak" not in results:
        return []
    found = results["soak"]
    return [
        f"For {found['seconds']:.0f} seconds with 32 clients and new texts: "
        f"{found['requests_per_second']:,.0f} requests/s, p50 {found['p50_ms']} and p99 "
        f"{found['p99_ms']} ms, {found['failed']} failed, {found['refused']} refused. "
        f"{_health(found)} Memory was {found['memory_settled_mb']} MB after "
        f"{found['settled_after']:.0f} seconds, {found['memory_last_mb']} at the end and "
        f"{found['memory_most_mb']} at most; from then on it changed by "
        f"{found['memory_mb_a_minute']} MB a minute (least squares). Every half minute: "
        f"{', '.join(f'{mb:.0f}' for mb in found['memory_mb_by_half_minute'])} MB. Load average "
        f"{found['load']}.",
        "",
    ]


def _health(found: dict[str, Any]) -> str:
    return (
        f"`/health`, asked {found['health_asked']:,} times by a process of its own, took "
        f"{found['health_p50_ms']} ms at the median, {found['health_p99_ms']} at the 99th "
        f"percentile and {found['health_max_ms']} at most."
    )


def _targets(results: dict[str, Any]) -> list[str]:
    rows = [*_speed(results), *_patience(results)]
    return [
        "| target | | measured | |",
        "|---|---|---|---|",
        *(f"| {a} | {b} | {c} | {'met' if met else '**not met**'} |" for a, b, c, met in rows),
        "",
    ]


Row = tuple[str, str, str, bool]


def _speed(results: dict[str, Any]) -> list[Row]:
    ours = results["closed"]["likewise"]
    rows: list[Row] = []
    if peer := results["closed"].get("infinity"):
        ratio = ours["32"]["requests_per_second"] / peer["32"]["requests_per_second"]
        half = ours["1"]["p50_ms"] / peer["1"]["p50_ms"]
        rows += [
            ("requests/s at 32 clients over infinity's", "at least 4", f"{ratio:.2f}", ratio >= 4),
            ("p50 with 1 client over infinity's", "at most 1/3", f"{half:.2f}", half <= 1 / 3),
        ]
    cached = max(found["requests_per_second"] for found in results["cached"].values())
    least = "at least 3,000 requests/s"
    return [*rows, ("repeated texts", least, f"{cached:,.0f}", cached >= LEAST_CACHED)]


def _patience(results: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    if found := results.get("overload"):
        sent = found["sent"] / found["due"]
        most = MOST_WAITS * found["wait"] * 1_000
        rows += [
            ("overload that was really sent", "at least 95 %", f"{sent:.1%}", sent >= LEAST_SENT),
            (
                "p99 of accepted requests at 3× overload",
                f"under {most:,} ms, twice LIKEWISE_MAX_WAIT",
                f"{found['p99_ms']} ms",
                found["p99_ms"] < most,
            ),
            _health_row("overload", found),
        ]
    if found := results.get("soak"):
        slope = found["memory_mb_a_minute"]
        rows += [
            _health_row("the soak", found),
            ("memory in the soak", "under 1 MB a minute", f"{slope} MB", slope < MOST_SLOPE),
        ]
    return rows


def _health_row(when: str, found: dict[str, Any]) -> Row:
    most = found["health_max_ms"]
    return (f"/health throughout {when}", "under 100 ms", f"{most} ms", most < MOST_HEALTH_MS)
