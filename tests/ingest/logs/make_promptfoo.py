"""Write the promptfoo output of this folder with promptfoo's own runner and a provider that answers from a list.

Made with promptfoo 0.118.0. Run where its command line is: ``python make_promptfoo.py FOLDER PROMPTFOO``.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROVIDER = """
let calls = 0;
const answers = [
  { output: "Like me." }, { output: "very much like me", finishReason: "stop" },
  { output: "I'm sorry, but I can't help with that.", isRefusal: true },
  { output: "Let me think about", finishReason: "length" },
  { error: "API error: 429 Too Many Requests" }, { output: "" },
];
module.exports = class {
  id() { return "mock-provider"; }
  async callApi() {
    const answer = answers[calls++ % answers.length];
    return { ...answer, cached: calls > 6 && calls % 2 == 0 };
  }
};
"""
CONFIG = {
    "prompts": ["{{text}} How much is this person like you?", "How much are you like this person? {{text}}"],
    "providers": [{"id": "file://provider.cjs", "label": "mock-1"}],
    "tests": [{"vars": {"id": f"q{n}", "text": f"Person {n} likes things."}} for n in (1, 2)],
}


def main(target, command):
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "provider.cjs").write_text(PROVIDER)
        (folder / "promptfooconfig.json").write_text(json.dumps(CONFIG))
        quiet = {
            "PROMPTFOO_CONFIG_DIR": made,
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
        }
        subprocess.run(
            [command, "eval", "-c", "promptfooconfig.json", "--repeat", "3", "-j", "1", "-o", "out.json", "--no-table"],
            cwd=folder, env={**os.environ, **quiet, "PROMPTFOO_CACHE_ENABLED": "false"}, check=False,
        )  # fmt: skip
        content = json.loads((folder / "out.json").read_text())
        (target / "promptfoo_repeats.json").write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
