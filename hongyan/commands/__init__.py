"""The subcommands of `hongyan`, each imported only when it is called."""
