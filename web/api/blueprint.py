"""The API's routes, gathered."""

from flask import Blueprint

from web.api import accounts, images, openapi, operators, uploads

bp = Blueprint("api", __name__, url_prefix="/api/v1")
for module in (accounts, images, uploads, operators, openapi):
    module.add_to(bp)

# These need no session, so a form token would protect nothing.
OPEN = {"api.signup", "api.confirm", "api.session", "api.end_session"}
