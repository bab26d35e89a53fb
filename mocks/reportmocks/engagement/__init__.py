"""What HapYak and Brightcove Interactivity share: engagement reports, answered 202 until they are done."""
