"""Where a fault began: metrics, traces and logs of many services to suspects, even without a call graph."""
