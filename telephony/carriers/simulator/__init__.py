"""A carrier that lives in the process: for demonstrations, development and tests."""
