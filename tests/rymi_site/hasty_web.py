"""The web server with short deadlines, so that a test need not wait for half a minute."""

from rymi_site import web

web.HEADER_DEADLINE_S = 2
web.BODY_DEADLINE_S = 3

if __name__ == "__main__":
    web.main()
