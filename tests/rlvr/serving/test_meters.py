"""Prometheus text: names, escapes, and a histogram that adds up."""

from __future__ import annotations

from rlvr.serving.meters import Meters


def test_counters_with_labels_and_gauges() -> None:
    meters = Meters()
    meters.count("requests_total", route="verify", status="200")
    meters.count("requests_total", route="verify", status="200")
    meters.count("verdicts_total", verifier='a"b\\c\nd', outcome="pass", cause="correct")
    meters.count("in_flight_bytes", 100)
    meters.count("in_flight_bytes", -40)
    lines = meters.render().splitlines()
    assert "# TYPE rlvr_requests_total counter" in lines
    assert 'rlvr_requests_total{route="verify",status="200"} 2' in lines
    assert 'rlvr_verdicts_total{cause="correct",outcome="pass",verifier="a\\"b\\\\c\\nd"} 1' in lines
    assert "rlvr_in_flight_bytes 60" in lines
    assert "rlvr_hangups_total 0" in lines
    assert meters.value("in_flight_bytes") == 60


def test_the_histogram_is_cumulative() -> None:
    meters = Meters()
    for seconds in (0.0005, 0.001, 0.3, 100.0):
        meters.time("math", seconds)
    lines = meters.render().splitlines()
    found = [line.rpartition(" ")[2] for line in lines if line.startswith("rlvr_verdict_seconds_bucket")]
    assert found == ["2", "2", "2", "2", "3", "3", "3", "3", "4"]
    assert 'rlvr_verdict_seconds_bucket{le="+Inf",verifier="math"} 4' in lines
    assert 'rlvr_verdict_seconds_count{verifier="math"} 4' in lines
    (total,) = [line for line in lines if line.startswith("rlvr_verdict_seconds_sum")]
    assert abs(float(total.rpartition(" ")[2]) - 100.3015) < 1e-9
