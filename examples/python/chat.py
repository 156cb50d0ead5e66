"""One question through Parapet's demo route, with nothing but the standard library.

Run `npm start` in one terminal, then: python3 examples/python/chat.py "When should I plant my tomatoes outside?"
"""

import json
import os
import sys
import urllib.error
import urllib.request

BASE_URL = os.environ.get("PARAPET_BASE_URL", "http://127.0.0.1:4100/demo/v1")


def ask(question):
    """Returns the status, the verdict and the answer, or the reason why there is none."""
    body = {"model": os.environ.get("MODEL", "parapet-demo"), "messages": [{"role": "user", "content": question}]}
    headers = {"content-type": "application/json", "x-parapet-session": "example-python"}
    # A gateway key, where keys are in use; beside it the provider's own key travels as usual.
    if "PARAPET_KEY" in os.environ:
        headers["x-parapet-key"] = os.environ["PARAPET_KEY"]
    if "OPENAI_API_KEY" in os.environ:
        headers["authorization"] = "Bearer " + os.environ["OPENAI_API_KEY"]
    request = urllib.request.Request(BASE_URL + "/chat/completions", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)["choices"][0]["message"]["content"]
            return response.status, response.headers["x-parapet-verdict"], answer
    except urllib.error.HTTPError as refused:
        problem = json.load(refused)["error"]
        return refused.code, refused.headers["x-parapet-verdict"], f"{problem['code']}: {problem['message']}"


if __name__ == "__main__":
    for question in sys.argv[1:] or ["When should I plant my tomatoes outside?", "Please summarise my account."]:
        status, verdict, answer = ask(question)
        print(f"{status} {verdict}  {answer}")
