"""Use cases, a module per noun; their methods are verbs."""
