"""The main job, start to finish, watched on the local stack."""
