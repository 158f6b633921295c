# The rules of quality/ as AWS Glue's own rule sets, one for each file. Loads are held against the
# same files before anyone sees them; this is the second look, from outside, on the tables as they
# are.

locals {
  files = { for file in fileset(var.rules_folder, "*.dqdl") : trimsuffix(file, ".dqdl") => file("${var.rules_folder}/${file}") }

  # Glue's Data Catalog knows no labels; ours say what a load does when a rule fails.
  rulesets = { for table, rules in local.files : table => trimspace(replace(rules, "/[ \\t]*labels=\\[[^\\]]*\\]/", "")) }

  # Rules name columns of other tables like "songs.track_id".
  others = { for table, rules in local.rulesets : table => [for other in keys(local.files) : other if strcontains(rules, "\"${other}.")] }

  glue = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"
}

resource "aws_glue_data_quality_ruleset" "this" {
  for_each = local.rulesets

  name        = "${var.name}-${each.key}"
  description = "quality/${each.key}.dqdl"
  ruleset     = each.value

  target_table {
    database_name = var.database
    table_name    = each.key
  }
}

resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.name}-data-quality-failed"
  description = "A rule set of ${var.name} has failed"
  event_pattern = jsonencode({
    source      = ["aws.glue-dataquality"]
    detail-type = ["Data Quality Evaluation Results Available"]
    detail = {
      rulesetNames = [for ruleset in aws_glue_data_quality_ruleset.this : ruleset.name]
      state        = ["FAILED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = var.alert_topic_arn
}
