using SpectralEarth.Recipes;

namespace SpectralEarth.Tests.Foundations;

public sealed class RuleBookTests
{
    [Test]
    public void A_recipe_that_keeps_all_rules_is_returned()
    {
        var rules = new RuleBook();
        rules.Require(true, "never shown");
        rules.Include("encoder", new Encoder(12));

        Assert.That(rules.Accept("recipe"), Is.EqualTo("recipe"));
    }

    [Test]
    public void All_broken_rules_are_listed_and_those_of_a_part_carry_its_key()
    {
        var rules = new RuleBook();
        rules.Require(false, "epochs must be positive but is 0.");
        rules.Include("encoder", new Encoder(-1));

        var error = Assert.Throws<RecipeException>(() => rules.Accept("recipe"));

        Assert.That(error.Message, Is.EqualTo(
            "The recipe cannot run:\n  - epochs must be positive but is 0.\n  - encoder.depth must be positive but is -1."));
    }

    [Test]
    public void The_list_of_broken_rules_begins_with_the_heading_of_their_owner()
    {
        var rules = new RuleBook("The task cannot be used:");
        rules.Require(false, "classes is empty.");

        Assert.That(() => rules.Accept("task"), Throws.TypeOf<RecipeException>().With.Message.EqualTo("The task cannot be used:\n  - classes is empty."));
    }

    [Test]
    public void A_part_is_accepted_by_its_own_rules()
    {
        Assert.That(RuleBook.Accepted(new Encoder(12)), Is.EqualTo(new Encoder(12)));
        Assert.That(() => RuleBook.Accepted(new Encoder(0)), Throws.TypeOf<RecipeException>().With.Message.EndsWith("\n  - depth must be positive but is 0."));
    }

    [TestCase("mask_ration", "mask_ratio")]
    [TestCase("lerning_rate", "learning_rate")]
    [TestCase("zebra", null)]
    public void A_mistyped_name_is_matched_to_the_nearest_or_to_none(string name, string? expected) =>
        Assert.That(NearestName.Among(["seed", "learning_rate", "mask_ratio"], name), Is.EqualTo(expected));

    private sealed record Encoder(int Depth) : IRecipePart
    {
        public void AddRules(RuleBook rules) => rules.Require(Depth > 0, $"depth must be positive but is {Depth}.");
    }
}
