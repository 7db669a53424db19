using SpectralEarth.Recipes;
using SpectralEarth.Tasks.Benchmarking;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Training;

namespace SpectralEarth.Tests.Foundations;

/// <summary>A key that is given changes no other: keys that are left out keep their defaults, whatever else their section names.</summary>
public sealed class RecipeDefaultsTests
{
    private const string Plan = """
        tasks:
        - { name: a, data: d, recipe: r }
        checkpoints:
        - { name: b, path: p }
        protocols:
        - name: c
        """;

    /// <summary>Recipe records with the text that is the least they need; sections that are null by default are named, so that their keys are seen.</summary>
    private static IEnumerable<TestCaseData> Recipes =>
    [
        new(typeof(PretrainRecipe), "mae: {}\nmoco_v2: {}\nmoco_v3: {}\ndino: {}"),
        new(typeof(FinetuneRecipe), "{}"),
        new(typeof(BenchmarkPlan), Plan),
    ];

    [TestCaseSource(nameof(Recipes))]
    public void A_key_that_is_given_leaves_all_others_at_their_defaults(Type type, string least)
    {
        var yaml = Yaml(type, least, []);

        var leaves = Leaves(yaml);

        Assert.That(leaves, Has.Count.GreaterThan(2));
        foreach (var (key, value) in leaves)
            Assert.That(Yaml(type, least, [$"{key}={value}"]), Is.EqualTo(yaml), $"--set {key}={value}");
    }

    [TestCase("optimizer.weight_decay=0.01", "optimizer.weight_decay")]
    [TestCase("schedule.final_factor=0.1", "schedule.final_factor")]
    public void A_section_of_fine_tuning_keeps_the_defaults_of_fine_tuning(string set, string key)
    {
        var (usual, changed) = (Leaves(RecipeFile.ToYaml(new FinetuneRecipe())), Leaves(Yaml(typeof(FinetuneRecipe), "{}", [set])));

        Assert.That(changed.Keys.Where(one => changed[one] != usual[one]), Is.EqualTo(new[] { key }));
    }

    [TestCase("moco_v2", "momentum.start=0.99", "momentum.end", "0.999")]
    [TestCase("moco_v3", "momentum.end=0.9", "momentum.start", "0.99")]
    [TestCase("dino", "local_views.augmentation.flips=false", "local_views.augmentation.resized_crop_scale", "[0.05, 0.4]")]
    public void A_section_of_an_objective_keeps_the_defaults_of_the_objective(string objective, string set, string other, string expected)
    {
        var leaves = Leaves(Yaml(typeof(PretrainRecipe), $"objective: {objective}", [$"{objective}.{set}"]));

        Assert.That(leaves[$"{objective}.{other}"], Is.EqualTo(expected));
    }

    [Test]
    public void An_empty_section_is_that_of_the_owner()
    {
        var recipe = RecipeFile.Parse<FinetuneRecipe>("optimizer: {}", "empty.yaml");

        Assert.That((recipe.Optimizer.LearningRate, recipe.Optimizer.Betas[1]), Is.EqualTo((1e-4, 0.999)));
    }

    private static string Yaml(Type type, string yaml, string[] set)
    {
        var parse = typeof(RecipeFile).GetMethod(nameof(RecipeFile.Parse))!.MakeGenericMethod(type);
        return RecipeFile.ToYaml(parse.Invoke(null, [yaml, "recipe.yaml", set])!);
    }

    /// <summary>Values of keys by their dotted names, as the writer lays them out; without lists of sections.</summary>
    private static Dictionary<string, string> Leaves(string yaml)
    {
        var (leaves, path, isInList) = (new Dictionary<string, string>(), new List<string>(), false);
        foreach (var line in yaml.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var depth = (line.Length - line.TrimStart().Length) / 2;
            isInList = line[0] == '-' || (isInList && depth > 0);
            if (isInList)
                continue;
            var parts = line.Trim().Split(':', 2);
            path.RemoveRange(depth, path.Count - depth);
            path.Add(parts[0]);
            if (parts[1].Length > 0)
                leaves[string.Join('.', path)] = parts[1].Trim();
        }

        return leaves;
    }
}
