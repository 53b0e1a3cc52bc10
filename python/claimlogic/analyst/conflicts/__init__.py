"""Where one source requires what another forbids, found by queries over whole tables."""
