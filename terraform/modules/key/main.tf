# One customer key. Who may use it is said by the roles' own policies; services that encrypt in
# nobody's name (logs, alerts) are named here.

data "aws_iam_policy_document" "this" {
  #checkov:skip=CKV_AWS_109:A key's policy names the account, which administers it by its own policies
  #checkov:skip=CKV_AWS_111:The account has to be able to change its own key
  #checkov:skip=CKV_AWS_356:In a key's policy, "*" is the key that it belongs to
  # A key without this statement can be locked away from everyone for good.
  statement {
    sid       = "AccountAdministersItsKey"
    actions   = ["kms:*"]
    resources = ["*"] # in a key's policy: this key

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.account.partition}:iam::${var.account.id}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(var.services) == 0 ? [] : [true]
    content {
      sid       = "ServicesOfThisAccountUseIt"
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
      resources = ["*"] # in a key's policy: this key

      principals {
        type        = "Service"
        identifiers = var.services
      }

      condition {
        test     = "StringEqualsIfExists"
        variable = "aws:SourceAccount"
        values   = [var.account.id]
      }

      # logs name no account, but the group that they encrypt
      condition {
        test     = "ArnLikeIfExists"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = ["arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:*"]
      }
    }
  }
}

resource "aws_kms_key" "this" {
  description             = var.description
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.this.json
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
