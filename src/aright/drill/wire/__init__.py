"""HTTP/1.1 as lean as a drill needs it: thousands of requests in a second on a shared core."""
