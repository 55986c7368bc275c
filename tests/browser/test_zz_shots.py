import pytest
@pytest.mark.parametrize("scheme,width",[("light",1200),("dark",390)])
def test_shot(visit, member, scheme, width):
    v = visit(color_scheme=scheme, viewport={"width":width,"height":800})
    p = v.log_in(member.username)
    for path in ("/account/email","/account"):
        v.open(path)
        p.screenshot(path=f"/tmp/shot{path.replace('/','-')}-{scheme}.png", full_page=True)
