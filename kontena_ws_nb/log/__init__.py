"""The observable log: columnar segments, messages made when somebody looks, and the one filter grammar."""
