"""The door: kopf's triggers, the login, the probes, the process. The only importer of `kopf`."""
