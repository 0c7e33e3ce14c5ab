"""What a host on a gateway serves: the claims of all who want a part of it, composed."""
