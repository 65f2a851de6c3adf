"""The load: conversations over one epoll, as cheap as Python lets them be, the same for every server."""
