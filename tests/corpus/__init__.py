"""Documents that the server and the models must judge alike."""
