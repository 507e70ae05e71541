"""The page of Stripe's own on which a Checkout Session is paid."""

from aiohttp import web

PAGE = """<!doctype html><title>Pay</title><h1>Pay {amount}</h1><p>{name}</p>
<form method="post"><label>Card number <input name="card" value="4242424242424242"></label>
<button name="deed" value="pay">Pay</button><button name="deed" value="later">Pay by bank</button></form>
<a href="{cancel}">Back</a>"""


class HostedPage:
    """Shows the sessions of one double, and takes what is typed into them."""

    def __init__(self, stripe):
        self.stripe = stripe

    def routes(self):
        return [web.get("/pay/{id}", self.show), web.post("/pay/{id}", self.pay)]

    def session(self, request):
        return self.stripe.get(request.match_info["id"], "cs")

    async def show(self, request):
        session = self.session(request)
        if session["status"] != "open":
            return web.Response(text="This page has expired.", status=410)
        page = PAGE.format(
            amount=f"${session['amount_total'] / 100:.2f}",
            name=self.stripe.objects[session["id"] + "/data"]["name"],
            cancel=session["cancel_url"],
        )
        return web.Response(text=page, content_type="text/html")

    async def pay(self, request):
        form = await request.post()
        session = self.session(request)
        card, later = form["card"].replace(" ", ""), form.get("deed") == "later"
        if not self.stripe.complete(session["id"], card, later=later):
            return web.Response(text="Your card was declined.", status=402)
        raise web.HTTPSeeOther(session["success_url"])
