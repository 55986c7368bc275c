"""`make soak`: people upload, edit and take back while parts of the portal are killed, away and slow at random; then
the recorded history is held against the stores."""
