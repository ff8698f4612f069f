"""The page about Likewise and its API, and what is there without script."""

import re

from playwright.sync_api import expect


def test_the_api_is_described_by_the_server_itself(page, axe):
    page.goto("/docs")
    described = page.request.get("/openapi.json").json()
    routes = sum(len(methods) for methods in described["paths"].values())
    expect(page.locator("#api details")).to_have_count(routes)
    page.get_by_text("/api/compare").first.click()
    opened = page.locator("#post-api-compare")
    expect(opened).to_contain_text("curl http://127.0.0.1")
    expect(opened).to_contain_text("list of strings")
    # the routes are drawn alike: one of them open is enough to look at
    page.locator("#api details:not([open]) .route").evaluate_all(
        "them => them.map(it => it.remove())"
    )
    axe(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for anchor in ("install", "commands", "python", "about"):
        assert page.locator(f"#{anchor}").count() == 1


def test_it_is_one_click_away_and_has_a_picture_elsewhere(opened):
    for path in ("/classify", "/"):
        html = opened.request.get(path).text()
        address = re.search(r'og:image" content="(http://[^"]+)"', html)[1]
    picture = opened.request.get(address)
    assert picture.ok
    assert picture.body()[:4] == b"\x89PNG"
    assert len(picture.body()) < 100_000
    assert opened.request.get("/touch-icon.png").ok
    opened.get_by_role("navigation", name="Pages").get_by_role("link", name="About").click()
    expect(opened.get_by_role("heading", name="Install and start")).to_be_visible()


def test_the_article_reads_without_script(browser, base_url):
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    text = page.locator("body").inner_text()
    assert text.count("\n") > 20
    for said in ("A text becomes numbers", "Is 0.4 a lot?", "Break it", "orange above zero"):
        assert said in text
    assert not re.search(r"[{}]", text)
    context.close()
