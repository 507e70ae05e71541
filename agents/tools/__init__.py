"""What an agent may do during a call, beside ending it, which the engine does itself.

``catalogue`` lists the tools, ``kits`` puts one call's together, ``toolbox`` runs them.
"""
