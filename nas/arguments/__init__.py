"""What can be typed after `nas COMMAND`, one file each, with its help; what a command does is in `nas.commands`."""
