"""Services as Docker containers. Nothing here is imported before Docker is asked for."""
