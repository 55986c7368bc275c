"""Who visits after somebody else, in the same context of the browser, finds nothing of theirs."""

from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Contexts

KEEP = """() => new Promise((resolve) => {
  localStorage.setItem("a", "b");
  sessionStorage.setItem("a", "b");
  document.cookie = "a=b";
  indexedDB.open("a", 1).onsuccess = ({ target }) => { target.result.close(); resolve(); };
})"""
KEPT = """async () => [localStorage.length, sessionStorage.length, document.cookie.includes("a=b"),
                     (await indexedDB.databases()).length]"""


def test_a_context_that_is_used_again_remembers_nothing(portal: PortalProcess, contexts: Contexts) -> None:
    options = {"locale": "en-IE"}  # of no other test
    first = contexts.take(portal, options)
    first.open("/licences").evaluate(KEEP)
    assert first.page.evaluate(KEPT) == [1, 1, True, 1]
    first.page.context.set_offline(True)
    first.watch.errors.append("a warning")
    first.page.close()
    contexts.give_back(first, options)

    second = contexts.take(portal, options)
    assert second.page.context is first.page.context
    assert second.page.context.cookies() == []
    assert second.open("/licences").evaluate(KEPT) == [0, 0, False, 0]
    assert second.watch.unexpected() == []
    second.page.context.close()
