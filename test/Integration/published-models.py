# RUN: %python %s %tenonc %t
"""Every model of the project is laid out as `tenonc fmt` does, and with each of its
configurations elaborates to as many parameters as the text says."""

import re

from support import ROOT, arguments, run_command

tenonc, _, _ = arguments()
models = sorted((ROOT / "models").rglob("*.tenon"))
assert len(models) > 10, models
run_command([tenonc, "fmt", "--check", *models])
for model in models:
    run_command([tenonc, model, "--check"])
    configs = re.findall(r"^    config .*", model.read_text(), re.MULTILINE)
    counted = [config for config in configs if config.endswith(" params")]
    print(f"{model.stem}: {len(configs)} configurations, {len(counted)} with a number of parameters")
