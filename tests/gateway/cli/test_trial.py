from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from gateway.cli.problems import Mistake
from gateway.cli.trial import KILL_SECONDS, MONEY_LISTENING, OPERATOR, Ended, Trial, Trials, arguments, hint, money
from gateway.config import Settings, load
from simulators.cli import READY, mobile_money, smsc
from smpp.ussd import STANDARD, Dialect

LINK = '[smpp.links.main]\nport = 2790\nsystem_id = "me"\npassword = "hush"\nhost = "{host}"\n'


def settings(text: str) -> Settings:
    Path("trial.toml").write_text(text)
    return load(Path("trial.toml"))


class Reactor(Clock):
    def spawnProcess(self, protocol: Any, executable: str, args: list[str], **given: Any) -> None:
        self.args, self.given = args, given
        protocol.transport = self
        self.signals: list[str] = []

    def signalProcess(self, name: str) -> None:
        self.signals.append(name)


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def trial(reactor: Reactor, told: list[str]) -> Trial:
    return Trial(reactor, ["--port", "2775"], ended=told.append, write=told.append)


def exited(code: int) -> Failure:
    return Failure(ProcessTerminated(exitCode=code))


def test_the_simulator_gets_the_first_links_account_and_the_installations_numbers() -> None:
    text = '[installation]\nservice_number = "10086"\nussd_code = "*99#"\n' + LINK.format(host="127.0.0.1")
    given = arguments(settings(text), 8082)
    pairs = dict(zip(given[::2], given[1::2], strict=True))
    dialect = Dialect.model_validate_json(pairs.pop("--ussd"))
    assert dialect == STANDARD
    assert pairs == {
        "--host": "127.0.0.1",
        "--port": "2790",
        "--http-port": "8082",
        "--account": "me:hush",
        "--service-number": "10086",
        "--ussd-code": "*99#",
        "--kiosk-url": "http://127.0.0.1:8080/kiosk",
    }


def test_the_simulator_knows_all_these_options() -> None:
    given = arguments(settings(LINK.format(host="127.0.0.1")), 8082)
    assert CliRunner().invoke(smsc, [*given, "--help"]).exit_code == 0
    assert {name for option in smsc.params for name in option.opts} >= set(given[::2])


ASTERISK = '[ivr]\noperator = "{operator}"\n[ivr.servers.main]\nport = 5048\nsecret = "s3:cret"\nhost = "{host}"\n'


def test_it_gets_the_first_asterisk_of_this_machine_too() -> None:
    text = '[installation]\nhotline = "95120"\n' + LINK.format(host="127.0.0.1")
    elsewhere = ASTERISK.format(host="pbx.example", operator="queue:reception").replace("main", "far")
    here = '[ivr.servers.main]\nport = 5048\nsecret = "s3:cret"\n'
    given = arguments(settings(text + elsewhere + here), 8082)
    assert given[16:] == [
        *("--manager-port", "5048", "--hotline", "95120"),
        *("--manager-account", "caredial:s3:cret", "--queue-member", f"reception:{OPERATOR}"),
    ]
    assert CliRunner().invoke(smsc, [*given, "--help"]).exit_code == 0
    assert {name for option in smsc.params for name in option.opts} >= set(given[::2])


def test_a_real_asterisk_elsewhere_is_not_played() -> None:
    text = LINK.format(host="127.0.0.1") + ASTERISK.format(host="pbx.example", operator="PJSIP/8000")
    assert "--manager-port" not in arguments(settings(text), 8082)
    assert "--manager-port" not in arguments(settings(text.replace("pbx.example", "::1") + "tls = true\n"), 8082)


def test_an_asterisk_without_a_secret_is_a_mistake() -> None:
    text = LINK.format(host="127.0.0.1") + ASTERISK.format(host="127.0.0.1", operator="").replace("s3:cret", "")
    with pytest.raises(Mistake, match=r"needs a secret of the Asterisk that it plays: \[ivr.servers.main\]"):
        arguments(settings(text), 8082)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (0, "hotline: dial 12580 on the handset page\n"),
        (7, "hotline: 12580 answers no call, 7 prompts are missing: run `caredial prompts build`\n"),
    ],
)
def test_how_the_hotline_is_tried(missing: int, said: str, trial: Trial, told: list[str]) -> None:
    assert hint(settings(""), missing) == said
    trial._hint = said
    Deferred.fromCoroutine(trial.start())
    trial.outReceived(b"handset page: x\n")
    assert told == ["handset page: x\n", said]


def test_a_real_operators_link_is_not_played() -> None:
    with pytest.raises(Mistake, match=r"link main goes to smsc\.example"):
        arguments(settings(LINK.format(host="smsc.example")), 8081)


def test_without_a_link_it_says_how_to_get_one() -> None:
    with pytest.raises(Mistake, match="caredial init --sample"):
        arguments(settings(""), 8081)


def test_it_is_ready_when_the_simulator_listens(trial: Trial, reactor: Reactor, told: list[str]) -> None:
    ready = Deferred.fromCoroutine(trial.start())
    assert reactor.args[-5:] == ["gateway.cli.child", "simulate", "smsc", "--port", "2775"]
    trial.outReceived(b"smpp: 127.0.0.1:2775\n")
    assert not ready.called
    trial.outReceived(b"handset page: http://127.0.0.1:8081/\n")
    assert ready.called
    assert told == ["smpp: 127.0.0.1:2775\n", "handset page: http://127.0.0.1:8081/\n"]


def test_one_that_cannot_listen_fails_the_start(trial: Trial, told: list[str]) -> None:
    ready = Deferred.fromCoroutine(trial.start())
    trial.processEnded(exited(1))
    failure = ready.addErrback(lambda failure: failure).result
    assert failure.check(Ended)
    assert "exit code 1" in str(failure.value)
    assert told == []


def test_one_that_ends_later_is_told_of(trial: Trial, told: list[str]) -> None:
    Deferred.fromCoroutine(trial.start())
    trial.outReceived(b"handset page: http://127.0.0.1:8081/\n")
    told.clear()
    trial.processEnded(exited(3))
    assert "exit code 3" in told[0]


def test_it_is_ended_with_the_daemon_and_nothing_is_told(trial: Trial, reactor: Reactor, told: list[str]) -> None:
    Deferred.fromCoroutine(trial.start())
    trial.outReceived(b"handset page: x\n")
    told.clear()
    stopped = Deferred.fromCoroutine(trial.stop())
    assert reactor.signals == ["TERM"]
    assert not stopped.called
    trial.processEnded(Failure(ProcessDone(0)))
    assert stopped.called
    assert told == []
    reactor.advance(KILL_SECONDS)
    assert reactor.signals == ["TERM"]


def test_one_that_does_not_obey_is_killed(trial: Trial, reactor: Reactor) -> None:
    Deferred.fromCoroutine(trial.start())
    trial.outReceived(b"handset page: x\n")
    Deferred.fromCoroutine(trial.stop())
    reactor.advance(KILL_SECONDS)
    assert reactor.signals == ["TERM", "KILL"]


def test_stopping_what_never_started_or_has_gone_is_no_harm(trial: Trial) -> None:
    assert Deferred.fromCoroutine(trial.stop()).called


PROVIDER = """[payments.providers.main]
url = "{url}"
client_id = "me"
client_secret = "hush"
merchant = "4711"
callback_key = "shared"
currencies = ["CNY", "USD"]
"""


def test_a_provider_on_this_machine_is_played_with_what_we_log_in_with() -> None:
    given = money(settings(PROVIDER.format(url="http://127.0.0.1:8090")))
    assert given is not None
    with mobile_money.make_context("mobile-money", list(given)) as context:
        read = context.params
    assert (read["host"], read["port"], read["client"]) == ("127.0.0.1", 8090, "me:hush")
    assert (read["merchant"], read["callback_key"], read["currency"]) == ("4711", "shared", "CNY")


@pytest.mark.parametrize("url", ["https://127.0.0.1:8090", "http://api.example:80", ""])
def test_a_provider_elsewhere_is_left_to_be_itself(url: str) -> None:
    assert money(settings(PROVIDER.format(url=url))) is None


def test_several_simulators_start_one_after_the_other_and_stop_the_other_way_round(reactor: Reactor) -> None:
    assert READY == MONEY_LISTENING
    said: list[str] = []
    how: Any = {"ended": said.append, "write": said.append}
    first = Trial(reactor, [], **how, what="mobile-money", listening=MONEY_LISTENING)
    second = Trial(reactor, [], **how)
    done: list[None] = []
    Deferred.fromCoroutine(Trials(first, second).start()).addCallback(done.append)
    assert reactor.args[3:5] == ["simulate", "mobile-money"]
    first.outReceived(b"mobile money: http://127.0.0.1:8083\n")
    assert reactor.args[3:5] == ["simulate", "smsc"]
    second.outReceived(b"handset page: x\n")
    assert done == [None]


def test_when_the_second_cannot_start_the_first_is_stopped(reactor: Reactor) -> None:
    how: Any = {"ended": lambda _: None, "write": lambda _: None}
    first, second = Trial(reactor, [], **how, listening=MONEY_LISTENING), Trial(reactor, [], **how)
    failed: list[Any] = []
    Deferred.fromCoroutine(Trials(first, second).start()).addErrback(failed.append)
    first.outReceived(b"mobile money: x\n")
    second.processEnded(exited(1))
    assert reactor.signals == ["TERM"]
    first.processEnded(Failure(ProcessDone(0)))
    assert failed[0].check(Ended)
