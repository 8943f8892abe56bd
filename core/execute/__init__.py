"""Running a compiled notebook on this machine: the very file that deploys, in a process that has what Fabric's images have."""
