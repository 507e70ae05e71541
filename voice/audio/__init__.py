"""Sound on bytes: pure functions. Codecs and resampling lie a floor below, in
``providers.audio``, because adapters need them too."""
