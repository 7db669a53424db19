using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling;

/// <summary>Classes of a data set's labels: from a file, or of the codes found, named and coloured as the rasters have it.</summary>
internal static class LabelClasses
{
    private const int RowsAtOnce = 256;

    // Tableau's ten colours, easy to tell apart on a map; further classes get darker rounds of them.
    private static readonly int[] Palette =
        [0x4e79a7, 0xf28e2b, 0x59a14f, 0xe15759, 0x76b7b2, 0xedc948, 0xb07aa1, 0xff9da7, 0x9c755f, 0xbab0ac];

    /// <summary>Classes of all rasters and polygons in ascending order of code.</summary>
    /// <exception cref="RecipeException">The file is wrong.</exception>
    /// <exception cref="SceneException">A raster cannot be read, there is no label at all, or there are codes or names that the file does not have.</exception>
    public static IReadOnlyList<LabelClass> Find(IReadOnlyList<LabelRaster> rasters, IReadOnlyList<PolygonFile> polygons, string? file)
    {
        var named = file is null ? null : Read(file);
        var all = new SortedSet<int>();
        foreach (var raster in rasters)
        {
            var codes = Codes(raster);
            if (named is not null && codes.Except(named.Select(item => item.Code)).ToArray() is { Length: > 0 } unknown)
                throw new SceneException(
                    $"{raster.Path}: codes {string.Join(", ", unknown)} are not in {file}, which has {string.Join(", ", named.Select(item => item.Code))}. Add them there or set them to 0 (unlabelled).");
            all.UnionWith(codes);
        }

        foreach (var one in polygons)
        {
            if (named is not null)
                new PolygonClasses(named).Check(one, file!);
            all.UnionWith(named?.Select(item => item.Code) ?? Codes(one));
        }

        if (all.Count == 0)
            throw new SceneException($"{string.Join(", ", rasters.Select(raster => raster.Path).Concat(polygons.Select(one => one.Path)))}: all labels are 0 (unlabelled); expected codes 1 to 255.");
        return named ?? Described(all, rasters);
    }

    /// <summary>Classes of codes, with the names and colours that rasters give them, else with a name made of the code and a colour of the palette.</summary>
    private static LabelClass[] Described(SortedSet<int> codes, IReadOnlyList<LabelRaster> rasters)
    {
        var sorted = rasters.OrderBy(raster => raster.Path, StringComparer.Ordinal).ToArray();
        var names = sorted.Select(raster => (raster.Path, Names: raster.ReadClassNames())).ToArray();
        var colors = sorted.Select(raster => raster.ReadColors()).ToArray();
        return [.. codes.Select((code, position) => new LabelClass(code, Name(code), ColorOf(code) ?? Color(position)))];

        string Name(int code)
        {
            var given = names.Select(raster => (raster.Path, Name: raster.Names.GetValueOrDefault((byte)code))).Where(raster => raster.Name is not null).DistinctBy(raster => raster.Name).ToArray();
            return given.Length > 1
                ? throw new SceneException($"{given[0].Path} calls code {code} '{given[0].Name}', {given[1].Path} calls it '{given[1].Name}'. Give the classes codes, names and colours in a file, and name it with --classes.")
                : given.FirstOrDefault().Name ?? $"class {code}";
        }

        // Black is what entries of a table are that nobody has set.
        string? ColorOf(int code) => colors.Where(table => table.Count > code && table[code] != default).Select(table => table[code].ToString()).FirstOrDefault();
    }

    private static LabelClass[] Read(string file)
    {
        var classes = RecipeFile.Read<ClassFile>(file).Classes.OrderBy(item => item.Code).ToArray();
        var rules = new RuleBook("The classes cannot be used:");
        rules.Require(classes.Length > 0, $"{file}: 'classes' is empty.");
        foreach (var item in classes)
        {
            rules.Require(item.Code is >= 1 and <= 255, $"{file}: code {item.Code} of '{item.Name}' must lie in 1 to 255 (0 is unlabelled).");
            rules.Require(Rgb.IsColor(item.Color), $"{file}: color '{item.Color}' of '{item.Name}' must be #rrggbb.");
        }

        foreach (var group in classes.GroupBy(item => item.Code).Where(group => group.Count() > 1))
            rules.Require(false, $"{file}: code {group.Key} occurs {group.Count()} times.");
        foreach (var group in classes.GroupBy(item => item.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            rules.Require(false, $"{file}: codes {string.Join(" and ", group.Select(item => item.Code))} have one name, '{group.Key}'; expected a name for each.");
        return rules.Accept(classes);
    }

    private static SortedSet<int> Codes(LabelRaster raster)
    {
        var seen = new bool[256];
        for (var row = 0; row < raster.Height; row += RowsAtOnce)
            foreach (var code in raster.Read(new RasterWindow(0, row, raster.Width, Math.Min(RowsAtOnce, raster.Height - row))))
                seen[code] = true;
        return [.. Enumerable.Range(1, 255).Where(code => seen[code])];
    }

    /// <summary>Codes of polygons, where no file names classes.</summary>
    private static IEnumerable<int> Codes(PolygonFile polygons)
    {
        var labels = polygons.Polygons.Select(polygon => polygon.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var others = labels.Where(label => PolygonClasses.Number(label) is not (>= 0 and <= 255)).ToArray();
        return others.Length == 0
            ? labels.Select(label => PolygonClasses.Number(label)!.Value).Where(code => code != 0)
            : throw new SceneException($"{polygons.Path}: labels {string.Join(", ", others.Select(label => $"'{label}'"))} are no codes from 0 to 255. Give their classes codes and colours in a file, and name it with --classes.");
    }

    private static string Color(int position)
    {
        var color = Palette[position % Palette.Length];
        var round = position / Palette.Length;
        int Shade(int shift) => (color >> shift & 0xff) * 3 / (3 + round);
        return $"#{Shade(16):x2}{Shade(8):x2}{Shade(0):x2}";
    }

    /// <summary>Contents of a class file.</summary>
    private sealed record ClassFile
    {
        public required IReadOnlyList<LabelClass> Classes { get; init; }
    }
}
