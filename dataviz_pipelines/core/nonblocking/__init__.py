"""Core functions on an event loop: each in a greenlet, which others take turns with while the database works. Nothing of a
function tells where it runs but its connection."""
