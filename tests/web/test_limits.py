"""How often something may be tried."""

from bard.web.limits import Bucket, Limiter


def test_a_bucket_gives_a_burst_and_then_one_a_period():
    bucket = Bucket(3, 2.0)
    assert [bucket.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(11.9)
    assert bucket.take(12.0)
    assert not bucket.take(12.1)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_one_name_does_not_use_up_what_others_have():
    limiter = Limiter(2, 10.0, shared=3)
    assert [limiter.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert limiter.take("b", 0.0)


def test_many_names_together_have_a_bound():
    limiter = Limiter(2, 10.0, shared=3)
    assert sum(limiter.take(str(name), 0.0) for name in range(5000)) == 6
    assert len(limiter._buckets) <= Limiter.MOST_NAMES


def test_what_was_no_abuse_is_given_back():
    limiter = Limiter(1, 10.0)
    for _ in range(50):
        assert limiter.take("a", 0.0)
        limiter.give_back("a")
    limiter.give_back("nobody")
    assert [limiter.take("a", 0.0) for _ in range(2)] == [True, False]
