// The address of a pass ends in a masked name, which no server is told; nor is this browser to remember it.
history.replaceState(null, '', location.pathname);
