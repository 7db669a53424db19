using System.Globalization;
using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Class codes of the labels of polygons, which are codes or names.</summary>
/// <param name="classes">The classes.</param>
public sealed class PolygonClasses(IReadOnlyList<LabelClass> classes)
{
    private readonly Dictionary<string, byte> codeOfName =
        classes.GroupBy(item => item.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => (byte)group.First().Code, StringComparer.Ordinal);

    /// <summary>Code of a label that <see cref="Check"/> accepted; 0 for 0, unlabelled.</summary>
    public byte CodeOf(string label) => codeOfName.TryGetValue(label, out var code) ? code : (byte)Number(label)!.Value;

    /// <summary>The number that a label is; null for a name.</summary>
    public static int? Number(string label) =>
        double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == (int)number ? (int)number : null;

    /// <summary>Refuses labels that no class has.</summary>
    /// <param name="file">Polygons.</param>
    /// <param name="owner">File of the classes, for messages.</param>
    /// <exception cref="SceneException">There are some; the message lists them with the number of their polygons.</exception>
    public void Check(PolygonFile file, string owner)
    {
        var unknown = file.Polygons.GroupBy(polygon => polygon.Label, StringComparer.Ordinal).Where(group => !IsKnown(group.Key)).OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0)
        {
            throw new SceneException(
                $"{file.Path}: {string.Join(", ", unknown.Select(group => $"'{group.Key}' ({group.Count()} polygons)"))} are not in {owner}, which has " +
                $"{string.Join(", ", classes.Select(item => $"{item.Code} {item.Name}"))}. Correct one or the other, or set those polygons to 0 (unlabelled).");
        }
    }

    private bool IsKnown(string label) => codeOfName.ContainsKey(label) || (Number(label) is { } number && (number == 0 || classes.Any(item => item.Code == number)));
}
