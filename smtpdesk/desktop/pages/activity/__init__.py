"""What was sent, and when: every run of the workspace, the cut-off ones first."""
