pytest_plugins = ["hookproof.plugin", "pytester"]
