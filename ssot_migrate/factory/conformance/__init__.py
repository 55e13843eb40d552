"""Check any mock factory: what it makes, at what cost, and that its users stay apart.

``ssot-migrate factory check`` runs this, and so does
``pytest --pyargs ssot_migrate.factory.conformance --ssot-factory=module:Class``.
Both import and run the factory. Nothing here needs more than the standard library.
"""
