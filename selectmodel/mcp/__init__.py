"""The face for agents: commands that only read are tools of the Model Context Protocol; each call is a process."""
