"""Those who speak OpenAI's chat completions, each with what its documents have otherwise.

The vendors' API references, 2026-11. It refuses what the vendor would.
"""

from dataclasses import dataclass

from aiohttp import web

from tests.doubles.openai import OpenAI, chat_problem

KEY_HEADERS = {"azure-openai": "api-key", "sarvam": "api-subscription-key"}
NEW_MAX_TOKENS = ("openai", "azure-openai", "cerebras")  # max_completion_tokens
MORE_FIELDS = {"deepseek": {"thinking"}, "qwen": {"enable_thinking"}}
REFUSED_FIELDS = {
    "mistral": {"stream_options"},  # usage comes unasked
    "perplexity": {"tools", "tool_choice"},
}


@dataclass
class ChatVendor(OpenAI):
    vendor: str = "openai"
    paths: tuple = ()  # that were posted to

    def routes(self):
        return [web.post("/{path:.*}", self.chat)]

    def wrong_key(self, request):
        if self.vendor == "ollama":
            return "Authorization" in request.headers  # there is no key to tell it
        if header := KEY_HEADERS.get(self.vendor):
            return request.headers.get(header) != self.key
        return super().wrong_key(request)

    async def chat(self, request):
        self.paths = (*self.paths, request.path)
        body = await request.json()
        if problem := self.problem(body):
            self.complaints.append(problem)
            return self.error(400, problem)
        return await super().chat(request)

    def problem(self, body):
        if wrong := set(body) & REFUSED_FIELDS.get(self.vendor, set()):
            return f"{self.vendor} refuses {wrong}"
        is_new = self.vendor in NEW_MAX_TOKENS
        if ("max_tokens" if is_new else "max_completion_tokens") in body:
            return f"{self.vendor} calls the most tokens otherwise"
        return ""

    def chat_problem(self, body):
        more = MORE_FIELDS.get(self.vendor, set())
        return chat_problem({k: v for k, v in body.items() if k not in more})
