using System.Text.RegularExpressions;
using System.Xml.Linq;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests;

/// <summary>Reads the project and source files and fails on what docs/architecture.md rules out.</summary>
public sealed class ArchitectureTests
{
    private const int MaximumLines = 400;
    private const int MaximumVerbLines = 200;

    // The nouns Scenes, Shards and Models never use one another.
    private static readonly Dictionary<string, string[]> AllowedArrows = new()
    {
        ["Foundations"] = [],
        ["Scenes"] = ["Foundations"],
        ["Shards"] = ["Foundations"],
        ["Models"] = ["Foundations"],
        ["Tiling"] = ["Foundations", "Scenes", "Shards"],
        ["Checkpoints"] = ["Foundations", "Models"],
        ["Training"] = ["Foundations", "Shards", "Models", "Checkpoints"],
        ["Tasks"] = ["Foundations", "Scenes", "Shards", "Models", "Checkpoints", "Training"],
        ["Cli"] = ["Tasks", "Tiling"],
    };

    [Test]
    public void Projects_reference_one_another_along_the_allowed_arrows_only()
    {
        var arrows = Projects("src").ToDictionary(NameOf, project => Includes(project, "ProjectReference").Select(path => ShortName(Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))).ToArray());

        Assert.That(arrows.Keys, Is.EquivalentTo(AllowedArrows.Keys));
        foreach (var (project, references) in arrows)
            Assert.That(references, Is.SubsetOf(AllowedArrows[project]), project);
    }

    [Test]
    public void Sources_use_only_the_namespaces_of_projects_that_theirs_may_use()
    {
        foreach (var (project, references) in AllowedArrows.Where(arrow => arrow.Key != "Cli"))
        {
            var forbidden = AllowedArrows.Keys.Except(references).Except([project, "Foundations"]);
            var found = Sources(project).Where(source => forbidden.Any(other => Regex.IsMatch(source.Text, $@"\bSpectralEarth\.{other}\b")));

            Assert.That(found.Select(source => source.Path), Is.Empty, $"{project} must not use {string.Join(", ", forbidden)}");
        }
    }

    [Test]
    public void Verbs_hold_no_logic()
    {
        var verbs = Sources("Cli").Where(source => source.Path.Contains("/Verbs/", StringComparison.Ordinal)).ToArray();

        Assert.That(verbs, Is.Not.Empty);
        Assert.That(verbs.Where(verb => Lines(verb.Text) > MaximumVerbLines).Select(verb => verb.Path), Is.Empty, $"more than {MaximumVerbLines} lines");
        Assert.That(Sources("Cli").Where(source => Regex.IsMatch(source.Text, @"\bTorchSharp\b|\btorch\.")).Select(source => source.Path), Is.Empty, "tensors in the program");
    }

    [Test]
    public void Only_the_program_writes_to_the_console_and_ends_the_process()
    {
        var found = LibrarySources().Where(source => Regex.IsMatch(source.Text, @"\bConsole\.|\bAnsiConsole\b|Environment\.Exit|Environment\.FailFast"));

        Assert.That(found.Select(source => source.Path), Is.Empty);
    }

    [Test]
    public void Libraries_log_through_the_logger_that_they_are_given()
    {
        var found = LibrarySources().Where(source => Regex.IsMatch(source.Text, @"(?<![\w.])Log\.(Logger|Verbose|Debug|Information|Warning|Error|Fatal)\b"));

        Assert.That(found.Select(source => source.Path), Is.Empty);
    }

    [Test]
    public void Nothing_draws_from_a_global_or_unseeded_generator()
    {
        var found = AllSources().Where(source => Regex.IsMatch(source.Text, @"Random\.Shared|\bnew Random\(\)|\bmanual_seed\(|Guid\.NewGuid"));

        Assert.That(found.Select(source => source.Path), Is.Empty);
    }

    [Test]
    public void Source_files_stay_short() =>
        Assert.That(AllSources().Where(source => Lines(source.Text) > MaximumLines).Select(source => $"{source.Path}: {Lines(source.Text)} lines"), Is.Empty);

    [Test]
    public void Package_versions_are_named_in_one_place()
    {
        var central = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value).ToArray();

        Assert.That(central, Is.Unique);
        foreach (var project in Projects("src").Concat(Projects("tests")).Append(Path.Combine(Repository.Root, "Directory.Build.targets")))
        {
            var packages = XDocument.Load(project).Descendants("PackageReference").ToArray();
            Assert.That(packages.Where(package => package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null), Is.Empty, project);
            Assert.That(packages.Select(package => package.Attribute("Include")!.Value), Is.SubsetOf(central), project);
        }
    }

    [Test]
    public void Native_libraries_are_referenced_by_executables_only()
    {
        foreach (var project in Projects("src").Concat(Projects("tests")))
        {
            var properties = XDocument.Load(project).Descendants("PropertyGroup").Elements().ToLookup(property => property.Name.LocalName, property => property.Value);
            var isExecutable = properties["OutputType"].Contains("Exe") || properties["IsTestProject"].Contains("true");

            Assert.That(properties["NeedsTorchBackend"].Contains("true"), Is.EqualTo(isExecutable), project);
            Assert.That(Includes(project, "PackageReference").Where(package => package.StartsWith("TorchSharp-", StringComparison.Ordinal)
                || package.Contains("NativeAssets", StringComparison.Ordinal)), Is.Empty, $"{project}: Directory.Build.targets brings native libraries");
        }
    }

    private static string[] Projects(string folder) =>
        Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories);

    private static IEnumerable<string> Includes(string project, string element) =>
        XDocument.Load(project).Descendants(element).Select(reference => reference.Attribute("Include")!.Value);

    private static string NameOf(string project) => ShortName(Path.GetFileNameWithoutExtension(project));

    private static string ShortName(string name) => name.Replace("SpectralEarth.", "", StringComparison.Ordinal);

    private static IEnumerable<(string Path, string Text)> AllSources() => AllowedArrows.Keys.SelectMany(Sources);

    private static IEnumerable<(string Path, string Text)> LibrarySources() => AllowedArrows.Keys.Where(project => project != "Cli").SelectMany(Sources);

    private static IEnumerable<(string Path, string Text)> Sources(string project)
    {
        var folder = Path.Combine(Repository.Root, "src", $"SpectralEarth.{project}");
        return Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path => ($"{project}/{path}", File.ReadAllText(Path.Combine(folder, path))));
    }

    private static int Lines(string text) => text.Count(character => character == '\n');
}
